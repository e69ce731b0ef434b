package wechat

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"time"
)

// DefaultWindow is how far a push's timestamp may be from our clock, either
// way. The platform asks for no such check and documents no figure; it is ours,
// so that a recorded call cannot be replayed for ever. Ten minutes leave room
// for the platform's retries (seconds) and for a badly set clock, and are well
// inside the time for which handled message keys are remembered, which stops
// replays within the window.
const DefaultWindow = 10 * time.Minute

// signature is the lower-case hex SHA-1 over the sorted parts. The fourth part
// is empty for the plain signature: an empty string sorts first and adds
// nothing.
func signature(token, timestamp, nonce, encrypted string) [2 * sha1.Size]byte {
	parts := [4]string{token, timestamp, nonce, encrypted}
	for i := 1; i < len(parts); i++ {
		for j := i; j > 0 && parts[j] < parts[j-1]; j-- {
			parts[j], parts[j-1] = parts[j-1], parts[j]
		}
	}
	var space [256]byte // enough for all but encrypted messages
	joined := space[:0]
	for _, part := range parts {
		joined = append(joined, part...)
	}
	sum := sha1.Sum(joined)
	var text [2 * sha1.Size]byte
	hex.Encode(text[:], sum[:])
	return text
}

// signed compares in constant time.
func signed(claimed, token, timestamp, nonce, encrypted string) bool {
	right := signature(token, timestamp, nonce, encrypted)
	return subtle.ConstantTimeCompare(right[:], []byte(claimed)) == 1
}

// fresh says whether the timestamp is within the window around at. It must have
// exactly ten digits, as every time until the year 2286 has: the signature
// covers the parts joined without separator, and the fixed length keeps anybody
// from moving digits between timestamp and nonce.
func fresh(timestamp string, at time.Time, window time.Duration) bool {
	if len(timestamp) != 10 {
		return false
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	age := at.Sub(time.Unix(seconds, 0))
	return age <= window && age >= -window
}

// untimely says how far a signed timestamp is from our clock, which is a
// measure of the clock: nobody but WeChat can sign for a time to come.
func untimely(timestamp string, at time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || len(timestamp) != 10 {
		return ErrMalformed
	}
	age := at.Sub(time.Unix(seconds, 0))
	told := *ErrTimestamp
	if age < 0 {
		told = *ErrFuture
	}
	told.Args = []any{int64(age.Abs() / time.Minute)}
	return &told
}
