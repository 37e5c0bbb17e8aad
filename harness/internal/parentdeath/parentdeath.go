// Package parentdeath runs programs that end when the process that started them ends,
// however that one ends. It does so on Linux only; elsewhere its programs run
// as they would without it.
//
// On Linux a program is started by way of a link to our own executable, where
// the init function of this package, on its way, asks the kernel for a signal
// at the death of the parent, and then becomes the program. It imports almost
// nothing, so that it's initialized before nearly everything else.
package parentdeath
