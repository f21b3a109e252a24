package shelves

const Count = 3
