#include "wire/records.h"

#include "wire/fixed_record.h"

namespace zabra::wire {

void write(Writer& out, const Stat& stat) {
  FixedRecord<stat_bytes> record;
  record.put_i64(stat.czxid.to_wire());
  record.put_i64(stat.mzxid.to_wire());
  record.put_i64(stat.ctime);
  record.put_i64(stat.mtime);
  record.put_i32(stat.version);
  record.put_i32(stat.cversion);
  record.put_i32(stat.aversion);
  record.put_i64(stat.ephemeral_owner);
  record.put_i32(stat.data_length);
  record.put_i32(stat.num_children);
  record.put_i64(stat.pzxid.to_wire());
  record.append_to(out.out());
}

Stat read_stat(Reader& in) {
  Stat stat;
  stat.czxid = Zxid::from_wire(in.read_i64());
  stat.mzxid = Zxid::from_wire(in.read_i64());
  stat.ctime = in.read_i64();
  stat.mtime = in.read_i64();
  stat.version = in.read_i32();
  stat.cversion = in.read_i32();
  stat.aversion = in.read_i32();
  stat.ephemeral_owner = in.read_i64();
  stat.data_length = in.read_i32();
  stat.num_children = in.read_i32();
  stat.pzxid = Zxid::from_wire(in.read_i64());
  return stat;
}

namespace {

void skip_acl(Reader& in) {
  in.read_i32();
  in.read_nullable();
  in.read_nullable();
}

}  // namespace

AclListView read_acl_list(Reader& in) {
  const auto count = static_cast<std::size_t>(in.read_count());
  const std::string_view from_here = in.rest();
  if (count == 1 && from_here.starts_with(open_acl_entries())) {
    in.skip(open_acl_entries().size());
    return {open_acl_entries(), 1};
  }
  const std::size_t begin = in.offset();
  for (std::size_t i = 0; i < count && in.ok(); ++i) skip_acl(in);
  if (!in.ok()) return {};
  return {from_here.substr(0, in.offset() - begin), count};
}

void write(Writer& out, const AclListView& list) {
  out.write_i32(static_cast<std::int32_t>(list.size()));
  out.write_raw(list.entries());
}

void write(Writer& out, const Acl& acl) {
  out.write_i32(acl.perms);
  out.write_nullable(acl.id.scheme);
  out.write_nullable(acl.id.id);
}

}  // namespace zabra::wire
