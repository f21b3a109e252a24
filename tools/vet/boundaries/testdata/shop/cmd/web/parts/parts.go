package parts

type Part struct{}
