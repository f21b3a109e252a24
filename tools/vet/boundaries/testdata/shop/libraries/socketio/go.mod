module github.com/zishang520/socket.io/v3

go 1.26
