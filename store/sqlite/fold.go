package sqlite

import (
	"database/sql/driver"
	"time"
)

// Folding moves what the write-ahead log holds into the database file. SQLite
// would have the commit that makes the log too long do it, and everybody who
// waits for that commit with it. So a goroutine of its own does it beside the
// writer, from time to time, in passive mode, which holds nobody up. The log can
// only begin anew when all of it is folded and nobody adds to it meanwhile: under
// steady load that moment never comes by itself, so the writer makes one, between
// two commits, when nearly all is folded and the log has grown long.
const (
	// longLog is when to make the log begin anew; shortRest is how much may still
	// have to be folded then, while everybody waits. In pages of 4 KiB.
	longLog   = 32 << 10
	shortRest = 2 << 10
)

// foldingCache is what the folding connection may keep, in KiB.
const foldingCache = 2 << 10

// fold works until the engine closes. The last connection that is closed folds
// the rest.
func (e *Engine) fold() {
	ticker := time.NewTicker(e.options.FoldEvery)
	defer ticker.Stop()
	var own *conn // opened when there is something to fold
	for seen := uint64(0); ; {
		select {
		case <-e.stop:
			if own == nil {
				return
			}
			if err := own.close(); err != nil {
				e.options.Logger.Error("closing the store", "error", err)
			}
			return
		case <-ticker.C:
		}
		commits := e.commits.Load()
		if commits == seen || e.restart.Load() {
			continue
		}
		if own == nil {
			var err error
			if own, err = e.open(foldingCache); err != nil {
				e.options.Logger.Error("opening the store for folding its log", "error", err)
				continue
			}
		}
		seen = commits
		log, folded, err := own.fold("PASSIVE")
		if err != nil {
			e.options.Logger.Error("folding the log into the database", "error", err)
		}
		if log >= longLog && log-folded <= shortRest {
			e.restart.Store(true)
		}
	}
}

// restartLog is the writer's part, between two commits.
func (e *Engine) restartLog(writing *conn) {
	if !e.restart.Load() {
		return
	}
	if _, _, err := writing.fold("RESTART"); err != nil {
		e.options.Logger.Error("beginning the log anew", "error", err)
	}
	e.restart.Store(false)
}

// fold folds in one of SQLite's modes, and says how many pages the log has and
// how many of them are folded.
func (c *conn) fold(mode string) (log, folded int64, err error) {
	err = c.query("PRAGMA wal_checkpoint("+mode+")", func(row []driver.Value) (bool, error) {
		log, folded = row[1].(int64), row[2].(int64)
		return false, nil
	})
	return log, folded, err
}
