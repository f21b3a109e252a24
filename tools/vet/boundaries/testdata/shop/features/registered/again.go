package registered

func init() {} // want `init functions are not allowed`
