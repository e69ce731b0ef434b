package phones

import (
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"sync"
)

// maxPicture is what a phone sends at most, in bytes; keepSent how many of them
// are kept.
const (
	maxPicture = 5 << 20
	keepSent   = 20
)

// sentFiles are pictures that phones have sent, by an id that tells nothing.
type sentFiles struct {
	mu    sync.Mutex
	files map[string]sentFile
	order []string
}

type sentFile struct {
	content     []byte
	contentType string
}

func (s *sentFiles) keep(content []byte, contentType string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string]sentFile{}
	}
	id = rand.Text()
	s.files[id], s.order = sentFile{content, contentType}, append(s.order, id)
	if len(s.order) > keepSent {
		delete(s.files, s.order[0])
		s.order = s.order[1:]
	}
	return id
}

func (s *sentFiles) serve(w http.ResponseWriter, r *http.Request, id string) {
	s.mu.Lock()
	file, ok := s.files[id]
	s.mu.Unlock()
	giveFile(w, r, file.content, file.contentType, ok)
}

// keeping is an app whose platform keeps files that phones show.
type keeping interface {
	open(id string) (content []byte, contentType string, ok bool)
}

// giveFile shows pictures, and has anything else saved: what an account sent must
// not become a page of this world's.
func giveFile(w http.ResponseWriter, r *http.Request, content []byte, contentType string, ok bool) {
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType)
	if !strings.HasPrefix(contentType, "image/") || strings.Contains(contentType, "svg") {
		w.Header().Set("Content-Disposition", "attachment")
	}
	_, _ = w.Write(content) // a phone that has gone sees nothing of it
}

// fetched is where the page finds a picture of the program's: a platform fetches
// it from there and shows its own copy, so that phones never ask for it.
func (w *World) fetched(address string) string {
	if rest, ok := strings.CutPrefix(address, w.PublicURL+"/"); ok {
		return w.Address() + "/phones/fetched/" + rest
	}
	return address
}

// fetch is that copy.
func (w *World) fetch(rw http.ResponseWriter, r *http.Request) {
	address := w.PublicURL + "/" + r.PathValue("path")
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, address, nil)
	if err != nil {
		http.NotFound(rw, r)
		return
	}
	response, err := w.client().Do(request)
	if err != nil {
		http.Error(rw, "the program does not answer", http.StatusBadGateway)
		return
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxPicture))
	kind := response.Header.Get("Content-Type")
	giveFile(rw, r, content, kind, err == nil && response.StatusCode == http.StatusOK && strings.HasPrefix(kind, "image/"))
}
