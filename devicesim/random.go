package devicesim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// random returns the random source of one choice. It is a pure function of the seed,
// the device's name, the kind and ordinal of the request (or transfer, or boot) and
// what is chosen.
func (d *Device) random(kind string, ordinal int, choice string) *rand.Rand {
	h := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s\x00%d\x00%s", d.cfg.Seed, d.cfg.Name, kind, ordinal, choice))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16])))
}
