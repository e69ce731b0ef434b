package attachment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"plaza/message"
	"plaza/picture"
	"plaza/store"
	"plaza/store/storetest"
)

const shop, ann = "01SHOP", "01SHOP:webchat:ann"

func open(t *testing.T, limits Limits) *Attachments {
	t.Helper()
	db := storetest.Open(t, append(Schemas(), picture.Schemas()...)...)
	now := func() time.Time { return time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC) }
	return New(Dependencies{DB: db, Pictures: picture.New(db, now), Limits: limits, Now: now})
}

func file(key string, data []byte) File {
	return File{Account: shop, Owner: ann, Key: key, Content: bytes.NewReader(data), Size: int64(len(data))}
}

// Beginnings of files as cameras, recorders and programs write them.
var (
	pdf  = []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
	webm = append([]byte("\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04B\x85\x81\x02"), make([]byte, 200)...)
	m4a  = append([]byte("\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00M4A isomiso2"), make([]byte, 64)...)
	mp4  = append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41"), make([]byte, 64)...)
	heic = append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 64)...)
	gif  = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
)

func TestWhatAFileIsIsToldByItsBytes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data        []byte
		voice       bool
		named       string
		kind        message.Kind
		contentType string
		kept        string
	}{
		"a document":               {pdf, false, "../../etc/plan.pdf", message.FileIn, "application/pdf", "plan.pdf"},
		"a document by other name": {pdf, false, "photo.jpg", message.FileIn, "application/pdf", "photo.jpg.pdf"},
		"a recording of Chrome":    {webm, true, "", message.VoiceIn, "audio/webm", ""},
		"a video of Chrome":        {webm, false, "clip.webm", message.VideoIn, "video/webm", "clip.webm"},
		"a recording of Safari":    {mp4, true, "", message.VoiceIn, "audio/mp4", ""},
		"a video":                  {mp4, false, "IMG_1.MP4", message.VideoIn, "video/mp4", "IMG_1.MP4"},
		"a voice memo":             {m4a, false, "memo.m4a", message.VoiceIn, "audio/x-m4a", "memo.m4a"},
		"a picture":                {gif, false, `C:\tmp\dot.gif`, message.ImageIn, "image/png", "dot.png"},
		"a text":                   {[]byte("hello\n"), false, "run.bat", message.FileIn, "text/plain", "run.bat.txt"},
		"a turned name":            {pdf, false, "gpj.\u202efdp.exe", message.FileIn, "application/pdf", "gpj.fdp.exe.pdf"},
	} {
		f := file(name, test.data)
		f.Name, f.Voice = test.named, test.voice
		kept, err := open(t, Limits{}).Keep(t.Context(), f)
		if err != nil || kept.Kind != test.kind || kept.Type != test.contentType || kept.Name != test.kept {
			t.Errorf("%s: %s, %s, named %q, %v", name, kept.Kind, kept.Type, kept.Name, err)
		}
	}
}

func TestWhatABrowserWouldRunIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":        {nil, ErrEmpty},
		"a page":         {[]byte("<!DOCTYPE html><script>alert(1)</script>"), ErrType},
		"a page in text": {[]byte("   \n<html><body onload=alert(1)>"), ErrType},
		"a drawing":      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), ErrType},
		"XML":            {[]byte(`<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"/>`), ErrType},
		"a program":      {append([]byte("MZ\x90\x00"), make([]byte, 300)...), ErrType},
		"an ELF":         {append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 300)...), ErrType},
		"a script":       {[]byte("#!/usr/bin/env node\nconsole.log(1)"), ErrType},
		"HEIC":           {heic, ErrHEIC},
		"half a picture": {gif[:12], picture.ErrBroken},
	} {
		if kept, err := open(t, Limits{}).Keep(t.Context(), file("k", test.data)); !errors.Is(err, test.want) {
			t.Errorf("%s: %s, %v, want %v", name, kept.Type, err, test.want)
		}
	}
}

func TestALargeFileIsReadBackFromAnywhere(t *testing.T) {
	t.Parallel()
	s, noise := open(t, Limits{}), rand.New(rand.NewPCG(1, 2))
	data := append(bytes.Clone(pdf), make([]byte, 3*partBytes+77)...)
	for i := len(pdf); i < len(data); i++ {
		data[i] = byte(noise.Uint32())
	}
	kept, err := s.Keep(t.Context(), file("k", data))
	if err != nil || kept.Size != int64(len(data)) {
		t.Fatalf("%d bytes, %v", kept.Size, err)
	}
	if err := iotest.TestReader(s.Read(t.Context(), kept), data); err != nil {
		t.Error(err)
	}
}

func TestAFileSentAgainIsKeptOnce(t *testing.T) {
	t.Parallel()
	s := open(t, Limits{})
	var all sync.WaitGroup
	addresses := make([]string, 8)
	for i := range addresses {
		all.Go(func() {
			kept, err := s.Keep(t.Context(), file("k", append(bytes.Clone(pdf), make([]byte, partBytes)...)))
			if err != nil {
				t.Error(err)
			}
			addresses[i] = kept.Address()
		})
	}
	all.Wait()
	for _, address := range addresses {
		if address != addresses[0] {
			t.Fatalf("one file at %q", addresses)
		}
	}
	if n, err := parts.In(s.DB, shop).Count(t.Context(), store.Query{}, 100); n != 2 || err != nil {
		t.Errorf("%d parts of one file, %v", n, err)
	}
	other := file("k", pdf)
	other.Owner = "01SHOP:webchat:bob"
	if kept, err := s.Keep(t.Context(), other); err != nil || kept.Address() == addresses[0] {
		t.Errorf("another's file under the same key is %v, %v", kept, err)
	}
}

func TestNobodyGuessesAnAddress(t *testing.T) {
	t.Parallel()
	s := open(t, Limits{})
	kept, err := s.Keep(t.Context(), file("k", pdf))
	if err != nil {
		t.Fatal(err)
	}
	right := kept.Address()
	if found, err := s.Find(t.Context(), right); err != nil || found.ID != kept.ID {
		t.Fatalf("%v, %v", found, err)
	}
	for _, wrong := range []string{"", kept.ID, kept.ID + "-", right[:len(right)-1] + "a", right[:len(right)-1] + "b",
		"01OTHER" + right[len(shop):], right + "x", strings.ToUpper(right), kept.ID + ":" + kept.Upload + ":0", "a-b-c", "../" + right} {
		if _, err := s.Find(t.Context(), wrong); !errors.Is(err, ErrNoAttachment) && wrong != right {
			t.Errorf("%q finds it: %v", wrong, err)
		}
	}
}

func TestNobodySendsMoreThanTheirShare(t *testing.T) {
	t.Parallel()
	s := open(t, Limits{Files: 3, Bytes: 4000, AccountSize: 6000})
	big := append(bytes.Clone(pdf), make([]byte, 1500)...)
	keep := func(owner, key string, data []byte) error {
		f := file(key, data)
		f.Owner = owner
		_, err := s.Keep(t.Context(), f)
		return err
	}
	bob := shop + ":webchat:bob"
	for i, test := range []struct {
		owner string
		data  []byte
		want  error
	}{{ann, big, nil}, {ann, big, nil}, {ann, big, ErrQuota}, {ann, []byte("<html>"), ErrType}, {ann, pdf, nil}, {ann, pdf, ErrQuota},
		{bob, big, nil}, {bob, big, ErrQuota}} {
		if err := keep(test.owner, fmt.Sprint(i), test.data); !errors.Is(err, test.want) {
			t.Errorf("%d: %v, want %v", i, err, test.want)
		}
	}
	if err := keep(ann, "0", big); err != nil {
		t.Errorf("what was sent already counts again: %v", err)
	}
	lying := file("liar", big)
	lying.Owner, lying.Size = bob, 10
	if _, err := s.Keep(t.Context(), lying); !errors.Is(err, ErrTooLarge) {
		t.Errorf("more came than was announced: %v", err)
	}
}

func TestABrokenUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, Limits{})
	torn := errors.New("connection lost")
	f := file("k", nil)
	f.Content = io.MultiReader(bytes.NewReader(append(bytes.Clone(pdf), make([]byte, 2*partBytes)...)), iotest.ErrReader(torn))
	f.Size = 5 * partBytes
	if _, err := s.Keep(t.Context(), f); !errors.Is(err, torn) {
		t.Fatalf("%v", err)
	}
	if n, _ := parts.In(s.DB, shop).Count(t.Context(), store.Query{}, 100); n != 0 {
		t.Errorf("%d parts are left", n)
	}
	used, err := usages.In(s.DB, shop).Get(t.Context(), s.usageID(shop, ann))
	if err != nil || used.Files != 0 || used.Bytes != 0 {
		t.Errorf("it counts: %+v, %v", used, err)
	}
	if kept, err := s.Keep(context.Background(), file("k", pdf)); err != nil || kept.Size != int64(len(pdf)) {
		t.Errorf("sent again: %v, %v", kept, err)
	}
}

func FuzzContent(f *testing.F) {
	for _, data := range [][]byte{pdf, webm, m4a, mp4, heic, gif, []byte("<svg/>"), []byte("a,b\n1,2\n")} {
		f.Add(data, "a.pdf", true)
	}
	f.Fuzz(func(t *testing.T, data []byte, name string, voice bool) {
		found, err := sniff(data[:min(len(data), headBytes)], voice)
		if err != nil {
			return
		}
		if strings.HasPrefix(found.contentType, "text/html") || strings.Contains(found.contentType, "svg") || strings.Contains(found.contentType, "script") {
			t.Fatalf("a browser would run it: %s", found.contentType)
		}
		if clean := cleanName(name, *found); strings.ContainsAny(clean, "/\\\"\x00\n") || len([]rune(clean)) > maxName+16 {
			t.Fatalf("name %q", clean)
		}
	})
}
