package store

import (
	"bytes"
	"testing"
	"time"
)

func TestRepeatedRequestMakesTheSameKeys(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_790_000_000_000)
	first := Repeatable(t.Context(), []byte("seed"), at)
	again := Repeatable(t.Context(), []byte("seed"), at)
	_ = FreshID(again, "member") // another purpose moves nothing
	one, two := FreshID(first, "rule"), FreshID(first, "rule")
	if one == two || one != FreshID(again, "rule") || two != FreshID(again, "rule") {
		t.Errorf("%s, %s", one, two)
	}
	if other := FreshID(Repeatable(t.Context(), []byte("other"), at), "rule"); other == one || other[:10] != one[:10] {
		t.Errorf("another seed makes %s after %s", other, one)
	}
	secret, same, fresh := make([]byte, 40), make([]byte, 40), make([]byte, 40)
	FreshBytes(first, "token", secret)
	FreshBytes(again, "token", same)
	FreshBytes(t.Context(), "token", fresh)
	if !bytes.Equal(secret, same) || bytes.Equal(secret, fresh) || bytes.Equal(secret[:20], secret[20:]) {
		t.Errorf("%x, %x, %x", secret, same, fresh)
	}
	if first, second := FreshID(t.Context(), "rule"), FreshID(t.Context(), "rule"); first == second {
		t.Error("outside a repeatable request ids repeat")
	}
}
