module github.com/alexedwards/scs/v2

go 1.26
