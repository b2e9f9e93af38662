#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/review/rows.h"
#include "tests/unit/client/review_testing.h"

namespace sluice::client::review {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Ids(const RowList& rows) {
  std::vector<std::string> out;
  for (const Row* row : rows.shown())
    out.push_back(row->entry.name().substr(NameOf("").size()));
  return out;
}

std::string Selected(const RowList& rows) {
  return rows.selected() == nullptr
             ? ""
             : rows.selected()->entry.name().substr(NameOf("").size());
}

RowList Four() {
  RowList rows;
  rows.Replace({HeldEntry("a"), HeldEntry("b", "k"), HeldEntry("c"),
                HeldEntry("d", "k")});
  return rows;
}

TEST(RowList, TheSelectionGoesToTheNextThatStays) {
  RowList rows = Four();
  rows.Select(NameOf("b"));
  rows.Remove({NameOf("b"), NameOf("c")});
  EXPECT_EQ(Selected(rows), "d");
  rows.Remove({NameOf("d")});
  EXPECT_EQ(Selected(rows), "a");
  rows.Remove({NameOf("a")});
  EXPECT_EQ(Selected(rows), "");
}

TEST(RowList, RemovingOthersLeavesTheSelection) {
  RowList rows = Four();
  rows.Select(NameOf("c"));
  rows.Remove({NameOf("a"), NameOf("d")});
  EXPECT_EQ(Selected(rows), "c");
}

TEST(RowList, WhatComesBackTakesItsPlace) {
  RowList rows = Four();
  std::vector<Row> gone = rows.Remove({NameOf("b"), NameOf("a")});
  rows.Select(NameOf("d"));
  rows.PutBack(std::move(gone));
  EXPECT_THAT(Ids(rows), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(Selected(rows), "d");
}

TEST(RowList, ReplaceKeepsMarksNotesAndTheSelection) {
  RowList rows = Four();
  rows.Find(NameOf("c"))->marked = true;
  rows.Find(NameOf("d"))->note = "n";
  rows.Select(NameOf("d"));
  rows.Replace({HeldEntry("d"), HeldEntry("c"), HeldEntry("e")});
  EXPECT_EQ(Selected(rows), "d");
  EXPECT_THAT(rows.Marked(), ElementsAre(NameOf("c")));
  EXPECT_EQ(rows.selected()->note, "n");
}

TEST(RowList, SearchFindsWordsInAnyCase) {
  RowList rows;
  rows.Replace({HeldEntry("a", "", "Cheap PILLS"), HeldEntry("b", "", "Größe"),
                HeldEntry("c", "", "pills, cheap")});
  rows.Search("pills cheap");
  EXPECT_THAT(Ids(rows), ElementsAre("a", "c"));
  rows.Search("GRÖSSE");
  EXPECT_THAT(Ids(rows), ElementsAre());
  rows.Search("GRÖß");
  EXPECT_THAT(Ids(rows), ElementsAre("b"));
  EXPECT_EQ(Selected(rows), "b");
  rows.Search("");
  EXPECT_EQ(Ids(rows).size(), 3u);
}

TEST(RowList, CampaignsStandTogetherTheLargestFirst) {
  RowList rows;
  rows.Replace({HeldEntry("a", "", "alone"), HeldEntry("b", "k", "x"),
                HeldEntry("c", "", "y"), HeldEntry("d", "l", "y"),
                HeldEntry("e", "k", "x"), HeldEntry("f", "l", "y")});
  rows.GroupByCampaign();
  EXPECT_THAT(Ids(rows), ElementsAre("c", "d", "f", "b", "e", "a"));
}

// What FindBeginners makes of campaigns in the server's order; `-` is none.
std::string Joined(const std::vector<std::pair<std::string, std::string>>&
                       campaigns_and_texts) {
  RowList rows;
  std::vector<v1::Entry> entries;
  for (const auto& [campaign, text] : campaigns_and_texts)
    entries.push_back(HeldEntry(fmt::format("e{}", entries.size()),
                                campaign == "-" ? "" : campaign, text));
  rows.Replace(std::move(entries));
  rows.FindBeginners();
  std::string out;
  for (const Row& row : rows.all())
    out += row.campaign.empty() ? "-" : row.campaign;
  return out;
}

TEST(RowList, TheCommentThatBeginsACampaignIsJoined) {
  EXPECT_EQ(Joined({{"-", "x"}, {"k", "y"}, {"k", "y"}}), "kkk");
  EXPECT_EQ(Joined({{"k", "y"}, {"k", "y"}, {"-", "x"}}), "kk-");
  EXPECT_EQ(
      Joined({{"-", "x"}, {"k", "y"}, {"-", "z"}, {"l", "u"}, {"l", "u"}}),
      "kklll");
  // Of two alone nobody knows: their words say it.
  EXPECT_EQ(Joined({{"-", "x"}, {"k", "y"}}), "-k");
  EXPECT_EQ(Joined({{"-", "buy my nice pills"}, {"k", "buy my nice pills!"}}),
            "kk");
}

TEST(RowList, AppendTakesNoneTwice) {
  RowList rows = Four();
  rows.Append({HeldEntry("d"), HeldEntry("e")});
  EXPECT_THAT(Ids(rows), ElementsAre("a", "b", "c", "d", "e"));
}

}  // namespace
}  // namespace sluice::client::review
