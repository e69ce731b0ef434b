// Package picture keeps the images that members upload: of products, logos, in
// campaigns. What comes in is somebody's file; what is kept and shown is always
// our own encoding of its pixels, in two sizes, without place, camera or
// anything else that was in the file.
package picture
