package alimtalk

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"plaza/fault"
)

// Limits of what is imported at a time.
const (
	MaxImport     = 4 << 20 // bytes
	maxLines      = 20_000
	maxComplaints = 100 // lines that are named as wrong
)

// The faults of files.
var (
	ErrColumns = fault.New(fault.Invalid, "kakao_columns", "The first line has to name the columns: phone, and if you like name, subscriber, orders, notices, reason.").In("file")
	ErrCSV     = fault.New(fault.Invalid, "kakao_csv", "The file can't be read as CSV from line {0} on.").In("file")
	ErrLines   = fault.New(fault.TooLarge, "kakao_lines", "A file has at most {0} lines.", maxLines).In("file")
)

// Imported is what became of a file of numbers.
type Imported struct {
	Kept int `json:"kept"`
	// Left are lines that were left out, the first hundred, and LeftOut how many
	// there were.
	Left    []LeftLine `json:"left,omitempty"`
	LeftOut int        `json:"left_out"`
}

// LeftLine says what is wrong with a line. The header is line 1.
type LeftLine struct {
	Line int          `json:"line"`
	Code string       `json:"code"`
	Text string       `json:"text"`
	Err  *fault.Error `json:"-"`
}

var columns = []string{"phone", "name", "subscriber", "orders", "notices", "reason"}

// ReadContacts reads a CSV file of numbers. Lines without a reason or consent of
// their own have those of all. Errors: ErrColumns, ErrCSV, ErrLines.
func ReadContacts(file io.Reader, all NewContact) (contacts []NewContact, _ error) {
	buffered := bufio.NewReader(io.LimitReader(file, MaxImport))
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	reader := csv.NewReader(buffered)
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if err != nil {
		return nil, ErrColumns.Because(err)
	}
	at := map[string]int{}
	for i, name := range header {
		if name = strings.ToLower(strings.TrimSpace(name)); slices.Contains(columns, name) {
			at[name] = i
		}
	}
	if _, ok := at["phone"]; !ok {
		return nil, ErrColumns
	}
	for {
		record, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF):
			return contacts, nil
		case err != nil:
			return nil, fault.New(ErrCSV.Kind, ErrCSV.Code, ErrCSV.Text, len(contacts)+2).In("file").Because(err)
		case len(contacts) == maxLines:
			return nil, ErrLines
		}
		contacts = append(contacts, contactOf(record, at, all))
	}
}

// ImportContacts keeps the numbers of a CSV file. What is wrong with a line
// leaves out that line; the same file again changes nothing more. Errors: those
// of ReadContacts.
func (s *Service) ImportContacts(ctx context.Context, account string, all NewContact, file io.Reader) (done Imported, _ error) {
	read, err := ReadContacts(file, all)
	if err != nil {
		return done, err
	}
	for i, contact := range read {
		_, err := s.SetContact(ctx, account, contact)
		refused, ok := errors.AsType[*fault.Error](err)
		switch {
		case ok:
			if done.LeftOut++; done.LeftOut <= maxComplaints {
				done.Left = append(done.Left, LeftLine{Line: i + 2, Code: refused.Code, Text: refused.Text, Err: refused})
			}
		case err != nil:
			return done, err
		default:
			done.Kept++
		}
	}
	return done, nil
}

// contactOf reads a line.
func contactOf(record []string, at map[string]int, all NewContact) NewContact {
	value := func(name string) string {
		if i, ok := at[name]; ok && i < len(record) {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	n := all
	n.Phone, n.Name, n.Subscriber = value("phone"), value("name"), value("subscriber")
	if strings.HasPrefix(n.Phone, "10") { // spreadsheets take a number's first 0 away
		n.Phone = "0" + n.Phone
	}
	if reason := value("reason"); reason != "" {
		n.Reason = reason
	}
	if orders, notices := value("orders"), value("notices"); orders != "" || notices != "" {
		n.Consent = Consent{Orders: yes(orders), Notices: yes(notices)}
	}
	return n
}

func yes(value string) bool {
	return slices.Contains([]string{"1", "yes", "y", "true", "on", "是", "예", "동의"}, strings.ToLower(value))
}
