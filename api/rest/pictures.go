package rest

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
)

type uploadInput struct {
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"JPEG, PNG, GIF or WebP, at most 5 MB."`
	}]
}

type uploaded struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

var errNoFile = fault.New(fault.Invalid, "file_missing", "Please send the picture as a form's field named file.").In("file")

func (s *surface) uploadPicture(ctx context.Context, who account.Access, in *uploadInput) (uploaded, error) {
	form := in.RawBody.Data()
	if form == nil || !form.File.IsSet {
		return uploaded{}, errNoFile
	}
	defer func() { _ = form.File.Close() }()
	added, err := s.Pictures.Add(ctx, who.Account, form.File)
	return uploaded{added.ID, s.PublicURL + web.PicturePath(added.ID), added.Width, added.Height}, err
}

// OnePicture names a picture in a path.
type OnePicture struct {
	Picture string `path:"picture" maxLength:"100"`
}

func (s *surface) deletePicture(ctx context.Context, who account.Access, in *OnePicture) error {
	return s.Pictures.Remove(ctx, who.Account, in.Picture)
}
