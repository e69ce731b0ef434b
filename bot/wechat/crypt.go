package wechat

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
)

// WeChat pads to 32 bytes, not to the cipher's block of 16, so the pad length
// runs from 1 to 32.
const padBlock = 32

// The clear text is: 16 random bytes, the message's length in 4 bytes (big
// endian), the message, the app id up to the end.
const (
	randomLength = 16
	headLength   = randomLength + 4
)

// decrypt opens the base64 text of an Encrypt element and gives the message.
// It fails in one way only, whatever is wrong.
func (k key) decrypt(encrypted, appID string) ([]byte, bool) {
	sealed, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(sealed) == 0 || len(sealed)%padBlock != 0 {
		return nil, false
	}
	cipher.NewCBCDecrypter(k.block, k.iv).CryptBlocks(sealed, sealed)
	pad := int(sealed[len(sealed)-1])
	if pad < 1 || pad > padBlock {
		return nil, false
	}
	clear, padding := sealed[:len(sealed)-pad], sealed[len(sealed)-pad:]
	if bytes.Count(padding, padding[:1]) != pad || len(clear) < headLength {
		return nil, false
	}
	rest := clear[headLength:]
	length := binary.BigEndian.Uint32(clear[randomLength:headLength])
	if uint64(length) > uint64(len(rest)) || string(rest[length:]) != appID {
		return nil, false
	}
	return rest[:length], true
}

// encrypt seals a message into the base64 text of an Encrypt element.
func (k key) encrypt(random [randomLength]byte, message []byte, appID string) string {
	length := headLength + len(message) + len(appID)
	pad := padBlock - length%padBlock
	clear := make([]byte, 0, length+pad)
	clear = append(clear, random[:]...)
	clear = binary.BigEndian.AppendUint32(clear, uint32(len(message)))
	clear = append(clear, message...)
	clear = append(clear, appID...)
	for range pad {
		clear = append(clear, byte(pad))
	}
	cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(clear, clear)
	return base64.StdEncoding.EncodeToString(clear)
}

// decrypt tries the current key, then the previous one, and says which fitted.
func (a *account) decrypt(encrypted string) (message []byte, fitted key, ok bool) {
	for _, k := range a.keys {
		if message, ok = k.decrypt(encrypted, a.AppID); ok {
			return message, k, true
		}
	}
	return nil, key{}, false
}
