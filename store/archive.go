package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// An archive holds all documents of a store, whatever its engine, so that data
// can move from a laptop to a cluster and back. It is a sequence of bson
// documents, each of which begins with its length: a header, the stored
// documents, a trailer with their number and a digest of all before it.

// archiveFormat is the version of that layout.
const archiveFormat = 1

// archiveHeader comes first.
type archiveHeader struct {
	Format int       `bson:"plaza_archive"`
	Made   time.Time `bson:"made"`
	// Collections by their number in the records.
	Collections []archiveCollection `bson:"collections"`
}

type archiveCollection struct {
	Name    string `bson:"name"`
	Version int    `bson:"version"` // of its documents: how many upgrades they have had
}

// archiveRecord is a stored document or, with End, the trailer.
type archiveRecord struct {
	Collection int      `bson:"c"`
	Document   bson.Raw `bson:"d,omitempty"`
	End        bool     `bson:"end,omitempty"`
	Documents  int64    `bson:"documents,omitempty"`
	Digest     []byte   `bson:"sha256,omitempty"`
}

// ErrArchive: an archive that is damaged, cut short, or not one at all.
var ErrArchive = errors.New("not a whole archive")

// Dump writes all documents of the prepared collections. Each is read as it is
// at some instant while it runs, so stop the program first, or use the
// engine's own snapshot, where one document must agree with another.
func Dump(ctx context.Context, db *DB, schemas []*Schema, made time.Time, to io.Writer) error {
	header := archiveHeader{Format: archiveFormat, Made: made}
	for _, schema := range schemas {
		header.Collections = append(header.Collections, archiveCollection{schema.Name, len(schema.Upgrades)})
	}
	buffered := bufio.NewWriter(to)
	digest := sha256.New()
	out := io.MultiWriter(buffered, digest)
	if err := writeBSON(out, header); err != nil {
		return err
	}
	var count int64
	for number, schema := range schemas {
		walk := Scoped[bson.Raw]{db: db, schema: schema, scope: Scope{AllAccounts: true}}
		for last := ""; ; {
			page, err := walk.keysAfter(ctx, last)
			if err != nil {
				return fmt.Errorf("store: dump %s: %w", schema.Name, err)
			}
			if len(page) == 0 {
				break
			}
			for _, document := range page {
				if err := writeBSON(out, archiveRecord{Collection: number, Document: document}); err != nil {
					return err
				}
			}
			count += int64(len(page))
			last = documentKey(page[len(page)-1])
		}
	}
	trailer := archiveRecord{End: true, Documents: count, Digest: digest.Sum(nil)}
	if err := writeBSON(buffered, trailer); err != nil {
		return err
	}
	return buffered.Flush()
}

func writeBSON(to io.Writer, value any) error {
	raw, err := bson.Marshal(value)
	if err != nil {
		return fmt.Errorf("store: archive: %w", err)
	}
	_, err = to.Write(raw)
	return err
}

// Load puts an archive into a store whose collections are prepared and empty,
// upgrades what is older and marks the store as restored. It reads the archive
// twice: the first time only to see that it is whole.
func Load(ctx context.Context, db *DB, schemas []*Schema, at time.Time, from io.ReadSeeker) error {
	known := map[string]*Schema{}
	for _, schema := range schemas {
		known[schema.Name] = schema
	}
	header, err := readArchive(from, func(archiveHeader, archiveRecord) error { return nil })
	if err != nil {
		return err
	}
	for _, collection := range header.Collections {
		if err := db.readyFor(ctx, collection, known[collection.Name]); err != nil {
			return err
		}
	}
	if err := db.MarkRestored(ctx, at); err != nil {
		return err
	}
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("store: archive: %w", err)
	}
	if err := db.loadDocuments(ctx, known, from); err != nil {
		return err
	}
	for _, collection := range header.Collections {
		schema := known[collection.Name]
		if collection.Version == len(schema.Upgrades) {
			continue
		}
		older := Set("version", collection.Version).Set("done", "")
		if _, err := versions.Across(db).Upsert(ctx, schema.Name, older); err != nil {
			return err
		}
		if err := db.upgrade(ctx, schema); err != nil {
			return err
		}
	}
	return nil
}

// readyFor refuses a collection that cannot take the archive's documents.
func (db *DB) readyFor(ctx context.Context, archived archiveCollection, schema *Schema) error {
	if schema == nil {
		return fmt.Errorf("store: archive: this program has no collection %q: %w", archived.Name, ErrInvalid)
	}
	if archived.Version > len(schema.Upgrades) {
		return fmt.Errorf("store: archive: %s is newer than this program: %w", archived.Name, ErrInvalid)
	}
	walk := Scoped[bson.Raw]{db: db, schema: schema, scope: Scope{AllAccounts: true}}
	present, err := walk.keysAfter(ctx, "")
	if err == nil && len(present) > 0 {
		err = fmt.Errorf("store: load %s: the collection is not empty: %w", schema.Name, ErrDuplicate)
	}
	return err
}

func (db *DB) loadDocuments(ctx context.Context, known map[string]*Schema, from io.Reader) error {
	const batch = 1000
	var waiting []Operation
	flush := func() error {
		_, err := db.Apply(ctx, waiting...)
		waiting = waiting[:0]
		return err
	}
	_, err := readArchive(from, func(header archiveHeader, record archiveRecord) error {
		schema := known[header.Collections[record.Collection].Name]
		scoped := Scoped[bson.Raw]{db: db, schema: schema, scope: Scope{AllAccounts: true}}
		waiting = append(waiting, scoped.Inserting(record.Document))
		if len(waiting) < batch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// readArchive reads a whole archive, and checks that it is whole.
func readArchive(from io.Reader, each func(archiveHeader, archiveRecord) error) (archiveHeader, error) {
	in := &archiveReader{from: bufio.NewReader(from), digest: sha256.New()}
	var header archiveHeader
	if err := in.next(&header); err != nil {
		return header, err
	}
	if header.Format != archiveFormat {
		return header, fmt.Errorf("store: archive of format %d: %w", header.Format, ErrArchive)
	}
	for count := int64(0); ; count++ {
		before := in.digest.Sum(nil)
		var record archiveRecord
		if err := in.next(&record); err != nil {
			return header, err
		}
		if record.End {
			if record.Documents != count || string(record.Digest) != string(before) {
				return header, fmt.Errorf("store: archive: digest or number of documents is wrong: %w", ErrArchive)
			}
			return header, nil
		}
		if record.Collection < 0 || record.Collection >= len(header.Collections) || record.Document == nil {
			return header, fmt.Errorf("store: archive: record of no collection: %w", ErrArchive)
		}
		if err := each(header, record); err != nil {
			return header, err
		}
	}
}

type archiveReader struct {
	from   *bufio.Reader
	digest hash.Hash
}

// maxRecord bounds a record: a document and its wrapping.
const maxRecord = MaxDocumentBytes + 1<<20

func (r *archiveReader) next(value any) error {
	var prefix [4]byte
	if _, err := io.ReadFull(r.from, prefix[:]); err != nil {
		return fmt.Errorf("store: archive: %w: %w", ErrArchive, err)
	}
	length := binary.LittleEndian.Uint32(prefix[:])
	if length < 5 || length > maxRecord {
		return fmt.Errorf("store: archive: record of %d bytes: %w", length, ErrArchive)
	}
	raw := make(bson.Raw, length)
	copy(raw, prefix[:])
	if _, err := io.ReadFull(r.from, raw[4:]); err != nil {
		return fmt.Errorf("store: archive: %w: %w", ErrArchive, err)
	}
	r.digest.Write(raw)
	if err := raw.Validate(); err != nil {
		return fmt.Errorf("store: archive: %w: %w", ErrArchive, err)
	}
	if err := bson.Unmarshal(raw, value); err != nil {
		return fmt.Errorf("store: archive: %w: %w", ErrArchive, err)
	}
	return nil
}
