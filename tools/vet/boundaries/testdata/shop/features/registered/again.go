package registered

func init() {} // want `an init runs unasked`
