package wire

type ProviderSet struct{}

func NewSet(...any) ProviderSet { return ProviderSet{} }

func Struct(structType any, fieldNames ...string) any { return nil }
