#include "cli/bench/load.h"

#include <memory>
#include <optional>

#include "cli/bench/generator.h"
#include "cli/bench/server_process.h"

namespace zabra::cli::bench {

namespace {

constexpr Nanoseconds one_second = 1'000'000'000;

class Load {
 public:
  Load(const BenchOptions& options, const std::function<void(const std::string&)>& tell)
      : options_(options), tell_(tell), generator_(options.outstanding, options.session_timeout_ms) {}

  BenchResult carry_out();

 private:
  Outcome carry_out_steps();
  Outcome make_tree();
  Outcome measure();
  Outcome clean_up();
  Outcome run_aside(Workload& workload, std::string_view what);
  std::unique_ptr<Workload> measured_workload();
  Pace measured_pace() const;
  Observer measuring_observer();
  Observer wrong_only() const;
  SweepShares shares(std::uint32_t count) const { return shares_of(count, options_.children, options_.connections); }

  const BenchOptions& options_;
  const std::function<void(const std::string&)>& tell_;
  Generator generator_;
  std::optional<Material> material_;
  Sweep* creating_ = nullptr;  // the measured workload of mode create, owned by workload_
  std::unique_ptr<Workload> workload_;
  std::optional<ProcessSample> server_before_, server_after_;
  double own_before_ = 0, own_after_ = 0;
  BenchResult result_;
};

BenchResult Load::carry_out() {
  const Outcome outcome = carry_out_steps();
  if (!outcome) result_.failure = outcome.fault().reason;
  result_.generator_cpu_seconds = own_after_ - own_before_;
  if (server_before_ && server_after_) {
    result_.server_cpu_seconds = server_after_->cpu_seconds - server_before_->cpu_seconds;
    result_.server_anonymous_bytes = server_after_->anonymous_bytes;
  }
  return result_;
}

Outcome Load::carry_out_steps() {
  if (Outcome opened = generator_.open_sessions(options_.servers, options_.connections); !opened) return opened;
  // A fill must be found again by a verify; any other run gets a directory that nobody else has.
  const std::string own = options_.is_counted() ? "" : "/" + to_string(generator_.first_session());
  material_.emplace(Material{TreeLayout(options_.root + own, options_.children), Values(options_.size)});
  if (Outcome made = make_tree(); !made) return made;
  if (Outcome measured = measure(); !measured) return measured;
  if (Outcome cleaned = clean_up(); !cleaned) return cleaned;
  return generator_.close_sessions(*material_);
}

Outcome Load::make_tree() {
  if (options_.mode == Mode::verify) return Done{};
  std::vector<Operation> directories;
  for (std::uint32_t i = 0; i < material_->layout.directory_count(); ++i) {
    directories.push_back({Kind::create, Level::directory, i, 0});
  }
  Steps steps(std::move(directories));
  if (Outcome made = run_aside(steps, "making the root"); !made) return made;
  if (options_.mode == Mode::create || options_.mode == Mode::fill) return Done{};
  Sweep keys(Kind::create, options_.children, shares(options_.keys));
  return run_aside(keys, "making the keys");
}

Outcome Load::measure() {
  workload_ = measured_workload();
  Measured measured = generator_.run(*workload_, *material_, measured_pace(), measuring_observer());
  result_.tally = measured.tally;
  result_.seconds = static_cast<double>(measured.elapsed) / static_cast<double>(one_second);
  if (measured.fault) return *std::move(measured.fault);
  return Done{};
}

std::unique_ptr<Workload> Load::measured_workload() {
  switch (options_.mode) {
    case Mode::fill: return std::make_unique<Sweep>(Kind::create, options_.children, shares(options_.count));
    case Mode::verify: return std::make_unique<Sweep>(Kind::read, options_.children, shares(options_.count));
    case Mode::create: {
      auto sweep = std::make_unique<Sweep>(Kind::create, options_.children,
                                           SweepShares(options_.connections, SweepShare{endless, false}));
      creating_ = sweep.get();
      return sweep;
    }
    default: return std::make_unique<Mix>(options_.keys, options_.share_of_reads(), options_.seed);
  }
}

Pace Load::measured_pace() const {
  if (options_.is_counted()) return {};
  const auto in_ns = [](double seconds) { return static_cast<Nanoseconds>(seconds * static_cast<double>(one_second)); };
  return {true, in_ns(options_.warm_up), in_ns(options_.duration), options_.rate};
}

Observer Load::measuring_observer() {
  Observer observer = wrong_only();
  observer.on_measure_begin = [this] {
    own_before_ = own_cpu_seconds();
    if (options_.server_pid != 0) server_before_ = sample_process(options_.server_pid);
  };
  observer.on_measure_end = [this] {
    own_after_ = own_cpu_seconds();
    if (options_.server_pid != 0) server_after_ = sample_process(options_.server_pid);
  };
  if (!options_.quiet) {
    observer.on_second = [this](const Tally& interval, Nanoseconds since_begin, bool is_measured) {
      tell_(progress_line(interval, since_begin, is_measured));
    };
  }
  return observer;
}

Observer Load::wrong_only() const {
  Observer observer;
  observer.on_wrong = [this](const std::string& line) { tell_("wrong reply: " + line + "\n"); };
  return observer;
}

// What a bench made is removed in the reverse order; the root stays.
Outcome Load::clean_up() {
  const bool has_own_tree = options_.mode != Mode::fill && options_.mode != Mode::verify;
  if (options_.keep || !has_own_tree) return Done{};
  Sweep removing(Kind::remove, options_.children,
                 creating_ != nullptr ? creating_->handed_out() : shares(options_.keys));
  if (Outcome removed = run_aside(removing, "removing the run's nodes"); !removed) return removed;
  const auto last = static_cast<std::uint32_t>(material_->layout.directory_count() - 1);
  Steps directory({{Kind::remove, Level::directory, last, 0}});
  return run_aside(directory, "removing the run's directory");
}

Outcome Load::run_aside(Workload& workload, std::string_view what) {
  const Measured ran = generator_.run(workload, *material_, Pace{}, wrong_only());
  if (ran.fault) return Fault{std::string(what) + ": " + ran.fault->reason};
  const std::uint64_t wrong = ran.tally.wrong();
  if (wrong > 0) return Fault{std::string(what) + ": " + std::to_string(wrong) + " wrong replies"};
  return Done{};
}

}  // namespace

BenchResult run_load(const BenchOptions& options, const std::function<void(const std::string&)>& tell) {
  return Load(options, tell).carry_out();
}

}  // namespace zabra::cli::bench
