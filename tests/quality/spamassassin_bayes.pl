#!/usr/bin/perl
# SpamAssassin's Bayes alone, without its rules: learns one file, scores another.
#
#   spamassassin_bayes.pl FOLDER TRAIN TEST > SCORES
#
# Files are JSON lines {"mail": text, "spam": true|false}; a score is printed for each of TEST.
use strict;
use warnings;
use JSON::PP;
use Mail::SpamAssassin;
use Mail::SpamAssassin::PerMsgStatus;

my ($folder, $train, $test) = @ARGV;
my $filter = Mail::SpamAssassin->new({
  dont_copy_prefs => 1, local_tests_only => 1, userstate_dir => $folder, userprefs_filename => '/dev/null',
  config_text => "loadplugin Mail::SpamAssassin::Plugin::Bayes\nuse_bayes 1\nbayes_path $folder/bayes\n"
    . "bayes_auto_learn 0\nbayes_min_ham_num 1\nbayes_min_spam_num 1\nbayes_auto_expire 0\n"
    . "lock_method flock\n",
});
$filter->init(1);
$filter->init_learner({no_relearn => 1, learn_to_journal => 0});
my $json = JSON::PP->new->utf8;

sub each_row {
  my ($path, $take) = @_;
  open(my $in, '<', $path) or die "$path: $!";
  while (my $line = <$in>) {
    my $row = $json->decode($line);
    my $text = $row->{mail};
    utf8::encode($text);
    my $mail = $filter->parse($text, 1);
    $take->($mail, $row->{spam} ? 1 : 0);
    $mail->finish();
  }
}

each_row($train, sub { my ($mail, $spam) = @_; my $s = $filter->learn($mail, undef, $spam, 0); $s->finish() if $s; });
$filter->rebuild_learner_caches();
$filter->finish_learner();
my ($bayes) = grep { ref($_) eq 'Mail::SpamAssassin::Plugin::Bayes' } @{$filter->{plugins}->{plugins}};
each_row($test, sub {
  my ($mail) = @_;
  my $status = Mail::SpamAssassin::PerMsgStatus->new($filter, $mail);
  my $score = $bayes->scan($status, $mail);
  printf "%.9f\n", defined $score ? $score : 0.5;
  $status->finish();
});
