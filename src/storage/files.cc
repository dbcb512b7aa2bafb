#include "storage/files.h"

#include <cerrno>
#include <system_error>

namespace zabra::storage {

std::string to_string(const FileFault& fault) {
  std::string line = fault.op + " " + fault.path + ":";
  if (fault.error != 0) {
    line += " " + std::generic_category().message(fault.error) + " (errno " + std::to_string(fault.error) + ")";
  }
  if (!fault.detail.empty()) line += " " + fault.detail;
  return line;
}

FileFault::Kind kind_of_errno(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return FileFault::Kind::no_space;
    case EIO:
    case ENXIO:
    case ENODEV:
    case ESTALE:
    case EBADMSG:
    case EUCLEAN: return FileFault::Kind::io;
    case ENOENT:
    case ENOTDIR: return FileFault::Kind::missing;
    default: return FileFault::Kind::other;
  }
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string join(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (!path.ends_with('/')) path += '/';
  return path += name;
}

namespace {

// A directory that was there all along may belong to somebody else, who need not let us sync it. One that we (or a run
// of ours that was killed before its sync) made can be synced.
FileOutcome sync_name(Files& files, const std::string& path, bool made_now) {
  FileOutcome synced = files.sync_directory(parent_of(path));
  if (!synced && !made_now && synced.fault().kind == FileFault::Kind::other) return Done{};
  return synced;
}

}  // namespace

FileOutcome make_directories(Files& files, const std::string& path) {
  const FileResult<bool> there = files.exists(path);
  if (!there) return there.fault();
  const std::string parent = parent_of(path);
  if (parent != path && parent != ".") {
    if (FileOutcome above = make_directories(files, parent); !above) return above;
  }
  if (parent == path) return Done{};
  if (FileOutcome made = *there ? Done{} : files.make_directory(path); !made) return made;
  return sync_name(files, path, !*there);
}

FileResult<std::string> read_small_file(Files& files, const std::string& path, std::size_t bytes_max) {
  FileResult<std::unique_ptr<File>> file = files.open(path, OpenMode::read);
  if (!file) return file.fault();
  std::string bytes(bytes_max + 1, '\0');
  const FileResult<std::size_t> got = (*file)->read(0, bytes.data(), bytes.size());
  if (!got) return got.fault();
  if (*got > bytes_max) return FileFault{FileFault::Kind::damaged, 0, "read", path, "longer than it can be"};
  bytes.resize(*got);
  return bytes;
}

namespace {

FileOutcome write_new_file(Files& files, const std::string& path, std::string_view bytes) {
  FileResult<std::unique_ptr<File>> file = files.open(path, OpenMode::replace);
  if (!file) return file.fault();
  if (FileOutcome written = (*file)->write(0, bytes); !written) return written;
  return (*file)->sync();
}

}  // namespace

FileOutcome replace_file(Files& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  if (FileOutcome written = write_new_file(files, temporary, bytes); !written) {
    (void)files.remove(temporary);  // on a full disk it must not hold space; the first fault is the one to tell
    return written;
  }
  if (FileOutcome renamed = files.rename(temporary, path); !renamed) return renamed;
  return files.sync_directory(parent_of(path));
}

}  // namespace zabra::storage
