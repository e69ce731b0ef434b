package message

import "testing"

// TestCredentialsAreDecodedOnce, and again only as long as they can't be.
func TestCredentialsAreDecodedOnce(t *testing.T) {
	t.Parallel()
	type keys struct{ Secret string }
	var opened Opened[keys]
	decoded := 0
	decode := func(credentials []byte) (keys, error) {
		decoded++
		return DecodeCredentials[keys](credentials)
	}
	for range 2 {
		if found, err := opened.Open([]byte(`{"secret":"s"}`), decode); err != nil || found.Secret != "s" {
			t.Fatalf("%v, %v", found, err)
		}
	}
	if decoded != 1 {
		t.Errorf("good ones were decoded %d times", decoded)
	}
	for range 2 {
		if _, err := opened.Open([]byte(`{"secret":7}`), decode); err != ErrCredentials {
			t.Errorf("%v", err)
		}
	}
	if decoded != 3 {
		t.Errorf("%d times with bad ones", decoded)
	}
}
