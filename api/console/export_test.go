package console

import "plaza/account"

// Route is one of the routes of an account's console, for tests that walk them.
type Route struct {
	Method, Path string
	Needs        []account.Permission
}

// Table lists them all.
func (s *Console) Table() []Route {
	var table []Route
	for _, r := range s.officeRoutes() {
		table = append(table, Route{r.method, r.path, r.needs})
	}
	return table
}
