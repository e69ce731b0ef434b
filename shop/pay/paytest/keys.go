package paytest

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"sync/atomic"
)

// keys are made once for all tests, because each takes a moment.
var keys = sync.OnceValue(func() []*rsa.PrivateKey {
	made := make([]*rsa.PrivateKey, 6)
	var group sync.WaitGroup
	for i := range made {
		group.Go(func() {
			var err error
			if made[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
				panic(err)
			}
		})
	}
	group.Wait()
	return made
})

// Keyring deals RSA keys of 2048 bits out in turn: six, then the same again.
func Keyring() func() *rsa.PrivateKey {
	var next atomic.Int64
	return func() *rsa.PrivateKey { return keys()[int(next.Add(1)-1)%len(keys())] }
}
