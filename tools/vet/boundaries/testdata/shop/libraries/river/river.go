package river

type Client struct{}
