package wechat

import (
	"context"
	"net/url"
	"time"
)

// Follower is what WeChat tells of somebody who follows. Names and pictures are
// not part of it since December 2021.
type Follower struct {
	OpenID   string
	Follows  bool
	Since    time.Time
	Remark   string
	Tags     []int // ids
	Language string
	Scene    string // of the code they came by
	UnionID  string
}

// Followers reads the page of open ids behind the one given, of up to 10,000, in
// the order of following. next is where to go on; empty at the end.
func (a *API) Followers(ctx context.Context, c Credentials, after string) (ids []string, next string, total int, err error) {
	query := url.Values{}
	if after != "" {
		query.Set("next_openid", after)
	}
	var answer struct {
		Total int `json:"total"`
		Count int `json:"count"`
		Data  struct {
			IDs []string `json:"openid"`
		} `json:"data"`
		Next string `json:"next_openid"`
	}
	err = a.ask(ctx, c, "/cgi-bin/user/get", query, &answer)
	if len(answer.Data.IDs) == 0 {
		answer.Next = ""
	}
	return answer.Data.IDs, answer.Next, answer.Total, err
}

// Details reads what WeChat tells of up to a hundred people.
func (a *API) Details(ctx context.Context, c Credentials, ids []string) ([]Follower, error) {
	type person struct {
		ID       string `json:"openid"`
		Language string `json:"lang"`
	}
	list := make([]person, len(ids))
	for i, id := range ids {
		list[i] = person{id, "zh_CN"}
	}
	var answer struct {
		List []struct {
			Subscribe int    `json:"subscribe"`
			ID        string `json:"openid"`
			Language  string `json:"language"`
			Since     int64  `json:"subscribe_time"`
			Remark    string `json:"remark"`
			Tags      []int  `json:"tagid_list"`
			Scene     jsonID `json:"qr_scene"`
			SceneText string `json:"qr_scene_str"`
			UnionID   string `json:"unionid"`
		} `json:"user_info_list"`
	}
	if err := a.call(ctx, c, "/cgi-bin/user/info/batchget", map[string]any{"user_list": list}, &answer); err != nil {
		return nil, err
	}
	followers := make([]Follower, len(answer.List))
	for i, p := range answer.List {
		f := Follower{OpenID: p.ID, Follows: p.Subscribe == 1, Remark: p.Remark, Tags: p.Tags, Language: p.Language, Scene: p.SceneText, UnionID: p.UnionID}
		if p.Since > 0 {
			f.Since = time.Unix(p.Since, 0).UTC()
		}
		if f.Scene == "" && p.Scene != "0" {
			f.Scene = string(p.Scene)
		}
		followers[i] = f
	}
	return followers, nil
}

// maxRemark is in characters.
const maxRemark = 29

// SetRemark gives somebody the name that the account's members see.
func (a *API) SetRemark(ctx context.Context, c Credentials, openID, remark string) error {
	return a.call(ctx, c, "/cgi-bin/user/info/updateremark",
		map[string]string{"openid": openID, "remark": shorten(remark, maxRemark)}, nil)
}

// SetTag gives a tag to up to fifty people, or takes it from them.
func (a *API) SetTag(ctx context.Context, c Credentials, tag int, give bool, ids ...string) error {
	path := "/cgi-bin/tags/members/batchuntagging"
	if give {
		path = "/cgi-bin/tags/members/batchtagging"
	}
	return a.call(ctx, c, path, map[string]any{"openid_list": ids, "tagid": tag}, nil)
}
