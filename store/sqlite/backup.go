package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a copy of the store in a file, as it is at one moment, while others go on reading and
// writing it. Nothing in the store is changed, nor brought up to date. The copy is a new file that
// only its owner can read, and is on the disk when Backup returns; where that fails, it is removed.
func Backup(ctx context.Context, path, target string) error {
	if info, err := os.Stat(path); err != nil {
		return fmt.Errorf("store: %w", err)
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("store: %s is not a file", path)
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: a backup overwrites nothing, name a new file", target)
	}
	if err != nil {
		return fmt.Errorf("the backup cannot be written: %w", err)
	}
	err = copyInto(ctx, path, target)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = syncFolder(filepath.Dir(target))
	}
	if err != nil {
		return errors.Join(err, os.Remove(target))
	}
	return nil
}

// copyInto fills an empty file.
func copyInto(ctx context.Context, path, target string) error {
	s := &Store{path: path}
	db, err := sql.Open("sqlite", s.source("rw"))
	if err != nil {
		return s.explain("back up", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	s.write = db
	if err := s.recognise(ctx); err != nil {
		return err
	}
	target, err = filepath.Abs(target)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", target)
	return s.explain("back up", err)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
