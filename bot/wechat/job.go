package wechat

import (
	"context"
	"strings"
	"sync"
	"time"

	"plaza/fault"
	"plaza/message"
)

// JobStore keeps which message of ours a job of WeChat's was, until WeChat tells
// how it ended.
type JobStore interface {
	PutJob(ctx context.Context, account, job, key string) error
	// Job gives the key; empty if there is none.
	Job(ctx context.Context, account, job string) (key string, err error)
}

// errJobUnknown asks WeChat to tell again: the event may come before the answer
// to the call that it is about.
var errJobUnknown = fault.New(fault.Unavailable, "wechat_job_unknown", "This job is not known yet.")

// jobGrace is how long an event is asked for again.
const jobGrace = time.Minute

// Reports says what an event tells of messages of ours. Errors: one that asks
// the platform to tell again.
func (c *Channel) Reports(ctx context.Context, account string, in message.Inbound) ([]message.Report, error) {
	var reports []message.Report
	for _, told := range jobsIn(in) {
		key, err := c.jobs.Job(ctx, account, told.job)
		switch {
		case err != nil:
			return nil, err
		case key == "" && c.now().Sub(in.At) < jobGrace:
			return nil, errJobUnknown
		case key != "":
			told.report.Key = key // of the message, or of the mass send
			reports = append(reports, told.report)
		}
	}
	return reports, nil
}

// told is what an event says of one job.
type told struct {
	job    string
	report message.Report
}

// jobsIn reads the events about mass sends, template messages and subscription
// notices.
func jobsIn(in message.Inbound) []told {
	switch in.Type {
	case "event/MASSSENDJOBFINISH":
		id, result := massResult(in.Fields)
		return []told{{job: massJob(id), report: message.Report{Mass: &result}}}
	case "event/TEMPLATESENDJOBFINISH":
		t := told{job: in.Fields["MsgID"], report: message.Report{Delivered: true}}
		if status := in.Fields["Status"]; status != "success" {
			t.report = message.Report{Reason: templateReason(status)}
		}
		return []told{t}
	case "event/subscribe_msg_sent_event":
		var all []told
		for _, suffix := range listSuffixes(in.Fields, "SubscribeMsgSentEvent.List.MsgID") {
			t := told{job: in.Fields["SubscribeMsgSentEvent.List.MsgID"+suffix], report: message.Report{Delivered: true}}
			if code := in.Fields["SubscribeMsgSentEvent.List.ErrorCode"+suffix]; code != "" && code != "0" {
				t.report = message.Report{Reason: "WeChat could not deliver this notice."}
			}
			all = append(all, t)
		}
		return all
	}
	return nil
}

// listSuffixes are "", "#2", ... as far as a repeated field goes.
func listSuffixes(fields map[string]string, name string) (suffixes []string) {
	for path := range fields {
		if suffix, ok := strings.CutPrefix(path, name); ok && (suffix == "" || suffix[0] == '#') {
			suffixes = append(suffixes, suffix)
		}
	}
	return suffixes
}

func templateReason(status string) string {
	if strings.Contains(status, "user block") {
		return "The person has turned off messages like this."
	}
	return "WeChat could not deliver this message."
}

// memoryJobs is the JobStore of a single process, bounded by forgetting all.
type memoryJobs struct {
	mu    sync.Mutex
	known map[string]string
}

const maxJobs = 10000

func (m *memoryJobs) PutJob(_ context.Context, account, job, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxJobs {
		m.known = make(map[string]string)
	}
	m.known[account+"/"+job] = key
	return nil
}

func (m *memoryJobs) Job(_ context.Context, account, job string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[account+"/"+job], nil
}
