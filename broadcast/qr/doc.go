// Package qr keeps the tracked QR codes that Plaza prints and sends: short keys
// that lead somewhere, which the account can change later, and that count who
// came. It also draws them.
package qr
