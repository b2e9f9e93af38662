#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "service/base/mutex.h"

namespace sluice::store {

// A sqlite3_vfs over the default one that goes wrong when told to: an error at
// the k-th operation, a sync that waits, or a power loss that keeps what was
// synced and an arbitrary part of the rest.
class FaultVfs {
 public:
  enum class Fault {
    kIoError,    // the operation does nothing and fails
    kFull,       // a write finds no space; syncs and truncations fail
    kShortWrite  // half the bytes are written before the error
  };

  FaultVfs() : base_(sqlite3_vfs_find(nullptr)) {
    static std::atomic<int> count{0};
    name_ = "fault-" + std::to_string(++count);
    vfs_ = *base_;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + base_->szOsFile;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.pNext = nullptr;
    vfs_.xOpen = Open;
    vfs_.xDelete = Delete;
    FillMethods();
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const std::string& name() const { return name_; }

  // The k-th write, sync or truncation from now on, from 1, fails, and `count`
  // of them.
  void FailAt(int64_t k, Fault fault, int64_t count = 1) {
    const MutexLock lock(&mutex_);
    fault_ = fault;
    operations_ = 0;
    fail_from_ = k;
    fail_to_ = k + count;
    failed_ = 0;
  }
  void Heal() { FailAt(0, Fault::kIoError, 0); }
  int64_t failed() {
    const MutexLock lock(&mutex_);
    return failed_;
  }
  int64_t syncs() {
    const MutexLock lock(&mutex_);
    return syncs_;
  }

  // The next sync waits until told to go on.
  void BlockSyncs() {
    const MutexLock lock(&mutex_);
    block_ = true;
  }
  void WaitUntilBlocked() {
    const MutexLock lock(&mutex_);
    while (blocked_ == 0) changed_.Wait(&mutex_);
  }
  void Unblock() {
    const MutexLock lock(&mutex_);
    block_ = false;
    changed_.NotifyAll();
  }

  // Puts into `folder` what a disk may hold after a power loss now: of each
  // file what was synced, and of the sectors written since an arbitrary part,
  // in no order. Files are those that were opened through this VFS.
  void PowerLoss(const std::filesystem::path& folder, uint64_t seed) {
    const MutexLock lock(&mutex_);
    std::mt19937_64 random(seed);
    for (const auto& [path, disk] : disks_) {
      std::string bytes = disk.synced;
      for (const Change& change : disk.changes) {
        if (random() % 4 != 0) ApplySectors(change, &random, &bytes);
      }
      std::ofstream(folder / std::filesystem::path(path).filename(),
                    std::ios::binary)
          << bytes;
    }
  }

 private:
  static constexpr int64_t kSector = 512;

  struct File {
    sqlite3_file base;  // first: SQLite's view of it
    FaultVfs* vfs;
    const char* path;
    sqlite3_file* real;
  };

  // A write, or with `truncate` a new size.
  struct Change {
    int64_t offset = 0;
    std::string bytes;
    bool truncate = false;
  };
  struct Disk {
    std::string synced;
    std::vector<Change> changes;  // since then
  };

  static void Apply(const Change& change, std::string* bytes) {
    if (change.truncate) {
      bytes->resize(static_cast<size_t>(change.offset));
      return;
    }
    const size_t end = static_cast<size_t>(change.offset) + change.bytes.size();
    if (bytes->size() < end) bytes->resize(end);
    bytes->replace(static_cast<size_t>(change.offset), change.bytes.size(),
                   change.bytes);
  }

  // Tears the change at sector boundaries: each sector is there or is not.
  static void ApplySectors(const Change& change, std::mt19937_64* random,
                           std::string* bytes) {
    if (change.truncate || (*random)() % 2 == 0) return Apply(change, bytes);
    int64_t at = change.offset;
    const int64_t end = at + static_cast<int64_t>(change.bytes.size());
    while (at < end) {
      const int64_t next = std::min(end, (at / kSector + 1) * kSector);
      if ((*random)() % 2 == 0) {
        Apply({at,
               change.bytes.substr(static_cast<size_t>(at - change.offset),
                                   static_cast<size_t>(next - at)),
               false},
              bytes);
      }
      at = next;
    }
  }

  static File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static sqlite3_file* Real(sqlite3_file* file) { return Of(file)->real; }

  bool Fails() SLUICE_REQUIRES(mutex_) {
    ++operations_;
    if (operations_ < fail_from_ || operations_ >= fail_to_) return false;
    ++failed_;
    return true;
  }

  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file,
                  int flags, int* out_flags) {
    auto* self = static_cast<FaultVfs*>(vfs->pAppData);
    File* ours = Of(file);
    ours->vfs = self;
    ours->path = path;
    ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
    ours->base.pMethods = nullptr;
    const int code =
        self->base_->xOpen(self->base_, path, ours->real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    ours->base.pMethods = &self->methods_;
    if (path != nullptr) {
      const MutexLock lock(&self->mutex_);
      self->disks_[path];
    }
    return SQLITE_OK;
  }

  static int Delete(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    auto* self = static_cast<FaultVfs*>(vfs->pAppData);
    const MutexLock lock(&self->mutex_);
    self->disks_.erase(path);
    return self->base_->xDelete(self->base_, path, sync_folder);
  }

  static int Write(sqlite3_file* file, const void* data, int size,
                   sqlite3_int64 offset) {
    FaultVfs* self = Of(file)->vfs;
    const MutexLock lock(&self->mutex_);
    int code = SQLITE_OK;
    if (self->Fails()) {
      if (self->fault_ == Fault::kFull) return SQLITE_FULL;
      if (self->fault_ == Fault::kIoError) return SQLITE_IOERR_WRITE;
      size /= 2;
      code = SQLITE_IOERR_WRITE;
    }
    self->Note(file, {offset,
                      std::string(static_cast<const char*>(data),
                                  static_cast<size_t>(size)),
                      false});
    const int real =
        Real(file)->pMethods->xWrite(Real(file), data, size, offset);
    return real != SQLITE_OK ? real : code;
  }

  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    FaultVfs* self = Of(file)->vfs;
    const MutexLock lock(&self->mutex_);
    if (self->Fails()) return SQLITE_IOERR_TRUNCATE;
    self->Note(file, {size, "", true});
    return Real(file)->pMethods->xTruncate(Real(file), size);
  }

  static int Sync(sqlite3_file* file, int flags) {
    FaultVfs* self = Of(file)->vfs;
    const MutexLock lock(&self->mutex_);
    ++self->syncs_;
    while (self->block_) {
      ++self->blocked_;
      self->changed_.NotifyAll();
      self->changed_.Wait(&self->mutex_);
      --self->blocked_;
    }
    // As the kernel does, a sync that fails may have written nothing.
    if (self->Fails()) return SQLITE_IOERR_FSYNC;
    if (Of(file)->path != nullptr) {
      Disk& disk = self->disks_[Of(file)->path];
      for (const Change& change : disk.changes) Apply(change, &disk.synced);
      disk.changes.clear();
    }
    // The real sync protects from the machine's power loss, not from ours.
    (void)flags;
    return SQLITE_OK;
  }

  void Note(sqlite3_file* file, Change change) SLUICE_REQUIRES(mutex_) {
    if (Of(file)->path != nullptr)
      disks_[Of(file)->path].changes.push_back(std::move(change));
  }

  void FillMethods() {
    methods_.iVersion = 2;  // with shared memory, without mapped pages
    methods_.xClose = [](sqlite3_file* file) {
      return Real(file)->pMethods->xClose(Real(file));
    };
    methods_.xRead = [](sqlite3_file* file, void* data, int size,
                        sqlite3_int64 offset) {
      return Real(file)->pMethods->xRead(Real(file), data, size, offset);
    };
    methods_.xWrite = Write;
    methods_.xTruncate = Truncate;
    methods_.xSync = Sync;
    methods_.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      return Real(file)->pMethods->xFileSize(Real(file), size);
    };
    methods_.xLock = [](sqlite3_file* file, int level) {
      return Real(file)->pMethods->xLock(Real(file), level);
    };
    methods_.xUnlock = [](sqlite3_file* file, int level) {
      return Real(file)->pMethods->xUnlock(Real(file), level);
    };
    methods_.xCheckReservedLock = [](sqlite3_file* file, int* out) {
      return Real(file)->pMethods->xCheckReservedLock(Real(file), out);
    };
    methods_.xFileControl = [](sqlite3_file* file, int op, void* argument) {
      return Real(file)->pMethods->xFileControl(Real(file), op, argument);
    };
    methods_.xSectorSize = [](sqlite3_file*) {
      return static_cast<int>(kSector);
    };
    methods_.xDeviceCharacteristics = [](sqlite3_file*) { return 0; };
    methods_.xShmMap = [](sqlite3_file* file, int page, int size, int extend,
                          void volatile** out) {
      return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, out);
    };
    methods_.xShmLock = [](sqlite3_file* file, int offset, int n, int flags) {
      return Real(file)->pMethods->xShmLock(Real(file), offset, n, flags);
    };
    methods_.xShmBarrier = [](sqlite3_file* file) {
      Real(file)->pMethods->xShmBarrier(Real(file));
    };
    methods_.xShmUnmap = [](sqlite3_file* file, int remove) {
      return Real(file)->pMethods->xShmUnmap(Real(file), remove);
    };
  }

  sqlite3_vfs* const base_;
  std::string name_;
  sqlite3_vfs vfs_{};
  sqlite3_io_methods methods_{};

  Mutex mutex_;
  CondVar changed_;
  Fault fault_ SLUICE_GUARDED_BY(mutex_) = Fault::kIoError;
  int64_t operations_ SLUICE_GUARDED_BY(mutex_) = 0;
  int64_t fail_from_ SLUICE_GUARDED_BY(mutex_) = 0;
  int64_t fail_to_ SLUICE_GUARDED_BY(mutex_) = 0;
  int64_t failed_ SLUICE_GUARDED_BY(mutex_) = 0;
  int64_t syncs_ SLUICE_GUARDED_BY(mutex_) = 0;
  bool block_ SLUICE_GUARDED_BY(mutex_) = false;
  int blocked_ SLUICE_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Disk> disks_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::store
