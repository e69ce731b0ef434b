// Package attachment keeps what people send one another in conversations:
// photographs, recordings, videos, files. What a file is, is told by its bytes
// and never by its name; of photographs only our own encoding of the pixels is
// kept; nothing that a browser would run is taken. A file is cut into parts that
// fit both store engines, and goes away by itself after a year.
package attachment
