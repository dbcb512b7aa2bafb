// Four-letter words are answered beside the replica's thread, however long the disk takes.
#include "server/word_answers.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/server/running_server.h"
#include "tests/support/sim_files.h"

namespace zabra::server {
namespace {

// A disk on which nothing can be listed before it is released.
class HeldFiles final : public storage::Files {
 public:
  void release() { released_.set_value(); }

  storage::FileResult<std::vector<std::string>> list(const std::string& directory) override {
    is_released_.wait();
    return disk_.list(directory);
  }
  storage::FileResult<std::unique_ptr<storage::File>> open(const std::string& path, storage::OpenMode mode) override {
    return disk_.open(path, mode);
  }
  storage::FileOutcome rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  storage::FileOutcome remove(const std::string& path) override { return disk_.remove(path); }
  storage::FileOutcome make_directory(const std::string& path) override { return disk_.make_directory(path); }
  storage::FileOutcome remove_directory(const std::string& path) override { return disk_.remove_directory(path); }
  storage::FileOutcome sync_directory(const std::string& path) override { return disk_.sync_directory(path); }
  storage::FileResult<std::uint64_t> size(const std::string& path) override { return disk_.size(path); }
  storage::FileResult<bool> exists(const std::string& path) override { return disk_.exists(path); }
  storage::FileResult<std::uint64_t> free_space(const std::string& path) override { return disk_.free_space(path); }
  storage::FileResult<std::unique_ptr<storage::FileLock>> lock(const std::string& path) override {
    return disk_.lock(path);
  }

 private:
  test::SimFiles disk_;
  std::promise<void> released_;
  std::shared_future<void> is_released_ = released_.get_future().share();
};

class WordAnswersTest : public testing::Test {
 protected:
  WordAnswersTest() {
    EXPECT_TRUE(files_.make_directory("/d"));
    EXPECT_TRUE((*files_.open("/d/f", storage::OpenMode::create))->write(0, "12345"));
    replica_.start({}, {});
  }
  void ask(WordAnswers& words, std::uint64_t link, std::string_view word) {
    replica::WordRequest request{LinkId{link}, {}, {}};
    std::copy_n(word.begin(), request.word.size(), request.word.begin());
    words.ask(request);
  }

  HeldFiles files_;
  test::CollectedLog log_;
  replica::Replica replica_{{}, log_};
  const storage::DataDirectories directories_{"/d", "/d"};
  std::vector<std::pair<std::uint64_t, std::string>> answers_;
  WordAnswers words_{test::config_in("/d"), 2181, directories_, files_, replica_,
                     [this](LinkId link, std::string answer) { answers_.emplace_back(link.value, std::move(answer)); }};
};

TEST_F(WordAnswersTest, WhoeverAsksDoesNotWaitForTheDisk) {
  ask(words_, 1, "conf");
  ask(words_, 2, "ruok");
  files_.release();  // not reached if asking waited
  words_.stop();
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_EQ(answers_[0].first, 1U);
  EXPECT_NE(answers_[0].second.find("dataDirSize=5\n"), std::string::npos) << answers_[0].second;
  EXPECT_EQ(answers_[1], std::pair(std::uint64_t{2}, std::string("imok")));
}

TEST_F(WordAnswersTest, WordsThatShowNoSizesDoNotTouchTheDisk) {
  for (const std::string_view word : {"ruok", "srvr", "stat", "mntr", "envi", "isro"}) ask(words_, 1, word);
  words_.stop();  // nothing was released
  EXPECT_EQ(answers_.size(), 6U);
}

}  // namespace
}  // namespace zabra::server
