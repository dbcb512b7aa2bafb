// Writes down what a role wants done, one line each, in order.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "wire/quorum_packets.h"
#include "zab/peer.h"

namespace zabra::test {

using Lines = std::vector<std::string>;

class RecordedActions final : public zab::PeerActions {
 public:
  Lines take() { return std::exchange(lines_, {}); }
  std::optional<Zxid> log_starts;

  void dial(ServerId server) override { add(text("dial ", server.value)); }
  void send(LinkId link, const wire::QuorumPacket& packet) override {
    const bool says_where = packet.zxid != wire::no_zxid;
    const bool has_text = packet.type == wire::PacketType::proposal || packet.type == wire::PacketType::inform;
    add(text(link.value, " <- ", wire::to_string(packet.type), says_where ? " " + short_form(packet.zxid) : "",
             has_text ? " " + std::string(*packet.data) : ""));
  }
  void close(LinkId link) override { add(text("close ", link.value)); }
  std::optional<std::string> objection_to(const zab::Proposal& proposal) const override {
    return proposal.entry == "poison" ? std::optional<std::string>("is no transaction") : std::nullopt;
  }
  void append(zab::Proposal& proposal) override { add(text("append ", short_form(proposal.zxid))); }
  void store_epochs(zab::Epochs epochs) override { add(text("store epochs ", epochs.accepted, "/", epochs.current)); }
  void truncate(Zxid last) override { add(text("truncate ", short_form(last))); }
  void begin_anew(std::optional<Zxid> snapshot) override {
    add(snapshot ? text("begin anew with ", short_form(*snapshot)) : "begin anew with nothing");
  }
  void adopt() override { add("adopt"); }
  void abandon() override { add("abandon"); }
  std::optional<Zxid> log_start() const override { return log_starts; }
  void read_log(LinkId learner, Zxid after, Zxid until) override {
    add(text("read log for ", learner.value, " after ", short_form(after), " until ", short_form(until)));
  }
  void send_snapshot(LinkId learner) override { add(text("snapshot for ", learner.value)); }
  void service_packet(LinkId link, const wire::QuorumPacket& packet) override {
    add(text("service: ", wire::to_string(packet.type), " of ", link.value));
  }
  void answer_ping(LinkId link, const wire::QuorumPacket&) override { add(text("answer ping of ", link.value)); }

  static std::string short_form(Zxid zxid) { return text(zxid.epoch, ":", zxid.counter); }

 private:
  void add(std::string line) { lines_.push_back(std::move(line)); }
  Lines lines_;
};

}  // namespace zabra::test
