// Package rest is the API for programs, under /api/v1: everything a member can
// do in the console, with a bearer token instead of a session.
//
// The tables in routes.go say what there is and which permission each operation
// needs. From the same declarations come the routes, the validation of input
// and the OpenAPI 3.1 document at /api/v1/openapi.json. A token belongs to one
// account, and every handler hands that account to the domain: nothing in a
// request can name another.
package rest
