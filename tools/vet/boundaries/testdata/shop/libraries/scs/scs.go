package scs

type Store interface{ Find(token string) error }
