// Package chance uses randomness that nobody has seeded.
package chance

import (
	crypto "crypto/rand"
	old "math/rand"
	"math/rand/v2"
)

func forbidden() {
	_ = rand.IntN(3)     // want `rand.IntN is not repeatable: use a rand.Rand from rand.New with a seeded source`
	_ = rand.N(3)        // want `rand.N is not`
	_ = rand.Float64()   // want `rand.Float64 is not`
	_ = rand.Perm(3)     // want `rand.Perm is not`
	rand.Shuffle(3, nil) // want `rand.Shuffle is not`
	f := old.Int         // want `rand.Int is not`
	_ = f
	old.Seed(1)       // want `rand.Seed is not`
	_ = crypto.Reader // want `rand.Reader is not`
	crypto.Read(nil)  // want `rand.Read is not`
	_ = crypto.Text() // want `rand.Text is not`
}

func permitted() {
	r := rand.New(rand.NewPCG(1, 2))
	_ = r.IntN(3)
	_ = r.Perm(3)
	_ = rand.New(rand.NewChaCha8([32]byte{}))
	_ = rand.NewZipf(r, 1, 2, 3).Uint64()
	var s old.Source = old.NewSource(1)
	_ = s.Int63()
	_ = old.New(s).Int()
}
