package templ

type Component interface{ Render() error }
