package digital

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"plaza/store"
)

// File is a file that is sold.
type File struct {
	ID        string    `bson:"_id" json:"id"`
	Account   string    `bson:"account" json:"-"`
	Name      string    `bson:"name" json:"name"`
	Size      int64     `bson:"size" json:"size"`
	CreatedAt time.Time `bson:"created_at" json:"created_at"`
}

// filePart is a piece of a file; a document must not be as large as a file.
type filePart struct {
	ID      string `bson:"_id"` // file id + ":" + number
	Account string `bson:"account"`
	Data    []byte `bson:"data"`
}

var (
	files     = store.Declare[File](store.Schema{Name: "digital_files"})
	fileParts = store.Declare[filePart](store.Schema{Name: "digital_file_parts"})
)

func partID(file string, number int64) string { return fmt.Sprintf("%s:%d", file, number) }

// KeepFile reads a file to its end and keeps it. The parts come first: once the
// file is there, all of it is. Errors: ErrFileName, ErrFileSize.
func (g *Goods) KeepFile(ctx context.Context, account, name string, content io.Reader) (File, error) {
	name = fileName(name)
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return File{}, ErrFileName.In("files")
	}
	made := File{ID: store.FreshID(ctx, "digital file"), Account: account, Name: name, CreatedAt: g.Now().UTC()}
	scope, part := fileParts.In(g.DB, account), make([]byte, partBytes)
	for number := int64(0); ; number++ {
		n, err := io.ReadFull(content, part)
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return File{}, err
		}
		made.Size += int64(n)
		if made.Size > MaxBytes {
			return File{}, errors.Join(ErrFileSize.In("files"), g.dropParts(ctx, account, made.ID, number))
		}
		if n > 0 {
			if _, _, err := scope.InsertIfAbsent(ctx, filePart{ID: partID(made.ID, number), Account: account, Data: part[:n]}); err != nil {
				return File{}, err
			}
		}
		if ended {
			break
		}
	}
	if made.Size == 0 {
		return File{}, ErrFileSize.In("files")
	}
	kept, _, err := files.In(g.DB, account).InsertIfAbsent(ctx, made)
	return kept, err
}

func (g *Goods) dropParts(ctx context.Context, account, file string, count int64) error {
	for number := range count {
		if err := fileParts.In(g.DB, account).Delete(ctx, partID(file, number)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// fileName is the last element of a path, without what a file system or a header
// could stumble over.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`/:*?"<>|`, r) {
			return -1
		}
		return r
	}, name)
	return strings.Trim(strings.TrimSpace(name), ".")
}

// Files finds files by their ids; unknown ones are left out.
func (g *Goods) Files(ctx context.Context, account string, ids ...string) ([]File, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return files.In(g.DB, account).GetMany(ctx, ids...)
}

// File finds a file. Errors: ErrNoFile.
func (g *Goods) File(ctx context.Context, account, id string) (File, error) {
	found, err := files.In(g.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return File{}, ErrNoFile
	}
	return found, err
}

// Write sends a file's content.
func (g *Goods) Write(ctx context.Context, file File, to io.Writer) error {
	for number := range (file.Size + partBytes - 1) / partBytes {
		part, err := fileParts.In(g.DB, file.Account).Get(ctx, partID(file.ID, number))
		if err != nil {
			return fmt.Errorf("digital: part %d of file %s: %w", number, file.ID, err)
		}
		if _, err := to.Write(part.Data); err != nil {
			return err
		}
	}
	return nil
}
