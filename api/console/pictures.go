package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/fault"
	"plaza/templates"
)

// errNumber answers a number that is none.
var errNumber = fault.New(fault.Invalid, "bad_number", "This is not a whole number.")

// decimal writes a whole number.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// inField names the field that a fault concerns; any other error stays as it is.
func inField(err error, name string) error {
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		return refused.In(name)
	}
	return err
}

// addPictures keeps the pictures that were sent with a form under a name, and
// returns their ids. Files that were not chosen are no error.
func (s *Console) addPictures(c *gin.Context, name string) ([]string, error) {
	if c.Request.MultipartForm == nil {
		return nil, nil
	}
	var ids []string
	for _, header := range c.Request.MultipartForm.File[name] {
		if header.Size == 0 {
			continue
		}
		file, err := header.Open()
		if err != nil {
			return ids, err
		}
		kept, err := s.Pictures.Add(c, accountID(c), file)
		if err := errors.Join(err, file.Close()); err != nil {
			return ids, inField(err, name)
		}
		ids = append(ids, kept.ID)
	}
	return ids, nil
}

// editedPicture is a picture as a form holds it: one of our own by its id, one
// that a program named by its address.
func editedPicture(address string) templates.Picture {
	if id, ok := strings.CutPrefix(address, "/pictures/"); ok {
		return templates.Picture{ID: id, URL: address}
	}
	return templates.Picture{ID: address, URL: address}
}

// pictureURL is the address of what a form holds; whether it may be one is for
// the domain to say.
func pictureURL(held string) string {
	if strings.Contains(held, "/") {
		return held
	}
	return web.PicturePath(held)
}

// pictureID is the id of the picture sent with the form as file, or else what
// stands in the field name; empty for none.
func (s *Console) pictureID(c *gin.Context, name, file string) (string, error) {
	ids, err := s.addPictures(c, file)
	if err != nil {
		return "", inField(err, name)
	}
	if len(ids) > 0 {
		return ids[0], nil
	}
	return field(c, name), nil
}

// uploadPicture takes one picture for a script that shows it in an editor.
func (s *Console) uploadPicture(c *gin.Context) error {
	ids, err := s.addPictures(c, "file")
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return errNoFile
	}
	c.JSON(http.StatusCreated, gin.H{"id": ids[0], "url": web.PicturePath(ids[0])})
	return nil
}

var errNoFile = fault.New(fault.Invalid, "no_file", "Please choose a file.").In("file")
