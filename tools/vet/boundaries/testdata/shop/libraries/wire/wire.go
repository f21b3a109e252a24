package wire

type ProviderSet struct{}

func NewSet(...any) ProviderSet { return ProviderSet{} }
