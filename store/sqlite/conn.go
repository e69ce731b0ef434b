package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"

	"modernc.org/sqlite"
)

// conn is one connection, used by one goroutine at a time, with its prepared
// statements. It works on the driver directly: database/sql would cost about as
// much again as a look-up by key.
type conn struct {
	raw        driver.Conn
	statements map[string]statement
	args       []driver.NamedValue
}

// statement is what a prepared statement of the driver can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// open makes a connection. Every commit is flushed to the disk before it is
// acknowledged (synchronous=FULL), so it survives a power cut. No commit folds
// the log into the file: see fold.go. The file is mapped for reading, which
// halves the cost of a look-up that misses the cache.
func open(file string, cacheKiB int) (*conn, error) {
	pragmas := url.Values{"_pragma": {
		"busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY",
		"wal_autocheckpoint=0", "journal_size_limit=134217728", "mmap_size=1073741824",
		fmt.Sprintf("cache_size=-%d", cacheKiB),
	}}
	address := url.URL{Scheme: "file", Path: file, RawQuery: pragmas.Encode()}
	raw, err := new(sqlite.Driver).Open(address.String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	return &conn{raw: raw, statements: map[string]statement{}}, nil
}

func (c *conn) close() error {
	var failed []error
	for _, prepared := range c.statements {
		failed = append(failed, prepared.Close())
	}
	return errors.Join(append(failed, c.raw.Close())...)
}

func (c *conn) prepare(sql string) (statement, error) {
	if prepared, ok := c.statements[sql]; ok {
		return prepared, nil
	}
	raw, err := c.raw.Prepare(sql)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", sql, err)
	}
	prepared, ok := raw.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("driver statement %T takes no arguments", raw), raw.Close())
	}
	c.statements[sql] = prepared
	return prepared, nil
}

// bind numbers the arguments, in memory that the next call uses again.
func (c *conn) bind(values []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, value := range values {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return c.args
}

// exec runs a statement. It cannot be cancelled: a statement cut off half-way
// would take the work of others in the same transaction with it.
func (c *conn) exec(sql string, values ...driver.Value) (driver.Result, error) {
	prepared, err := c.prepare(sql)
	if err != nil {
		return nil, err
	}
	result, err := prepared.ExecContext(context.Background(), c.bind(values))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", sql, err)
	}
	return result, nil
}

// query calls row with each row of the result until it says false. The row's
// values are its own, but for the slice that holds them.
func (c *conn) query(sql string, row func([]driver.Value) (more bool, err error), values ...driver.Value) error {
	prepared, err := c.prepare(sql)
	if err != nil {
		return err
	}
	rows, err := prepared.QueryContext(context.Background(), c.bind(values))
	if err != nil {
		return fmt.Errorf("%q: %w", sql, err)
	}
	columns := make([]driver.Value, len(rows.Columns()))
	for more := true; more; {
		if err = rows.Next(columns); err != nil {
			break
		}
		if more, err = row(columns); err != nil {
			break
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, rows.Close())
}

// script runs statements that return nothing, once.
func (c *conn) script(sql string) error {
	prepared, err := c.raw.Prepare(sql)
	if err != nil {
		return fmt.Errorf("%q: %w", sql, err)
	}
	_, err = prepared.(statement).ExecContext(context.Background(), nil)
	if err != nil {
		err = fmt.Errorf("%q: %w", sql, err)
	}
	return errors.Join(err, prepared.Close())
}
