// Package parentdeath runs programs that end when the process that started them ends,
// however that one ends. It does so on Linux only; elsewhere its programs run
// as they would without it.
//
// On Linux a program is started through a link to our own executable. The init function
// of this package then asks the kernel for a signal at the parent's death, and executes
// the program. The package imports almost nothing, so that it is initialized before
// nearly everything else.
package parentdeath
