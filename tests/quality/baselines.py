#!/usr/bin/env python3
"""What ready-made filters of Debian make of the same comments, beside the gate.

  baselines.py FOLDER_OF_JSONL [--figures FILE] [SET...]

Each learns the first 60 % of a set in order of time and judges the rest, as gate_quality does under `frozen`; FILE has what
that wrote. A comment is put to them as a mail: author, address, page, text. Prints `bar NAME VALUE LIMIT ok|short`.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SETS = ['blog_pr', 'blog_wp', 'blog_ham', 'datacamp', 'youtube', 'judol_id', 'telegram_ru_en', 'telegram_zh', 'instagram_id',
        'sms', 'email_sa']
BLOGS = ['blog_pr', 'blog_wp', 'blog_ham', 'datacamp']


def read(path):
    rows = [json.loads(line) for line in open(path, encoding='utf-8')]
    rows.sort(key=lambda row: row['created_at'] or '')
    return rows


def split(rows):
    cut = len(rows) * 6 // 10
    return rows[:cut], rows[cut:]


def one_line(value):
    return ' '.join((value or '').split())


def mail(row):
    return (f"From: {one_line(row['author']) or 'nobody'} <{one_line(row['email'])}>\nSubject: comment\n"
            f"Content-Type: text/plain; charset=utf-8\n\n{row['url'] or ''}\n{row['text']}\n")


def is_spam(row):
    return row['label'] != 'ham'


def bogofilter(train, test, folder):
    def mbox(rows):
        return ''.join('From x Thu Jan  1 00:00:00 1970\n' + mail(row).replace('\nFrom ', '\n>From ') + '\n'
                       for row in rows).encode()
    for flag, rows in (('-s', [r for r in train if is_spam(r)]), ('-n', [r for r in train if not is_spam(r)])):
        subprocess.run(['bogofilter', '-d', folder, '-C', '-M', flag], input=mbox(rows), check=True)
    out = subprocess.run(['bogofilter', '-d', folder, '-C', '-M', '-T'], input=mbox(test), capture_output=True)
    return [float(line.split()[1]) for line in out.stdout.decode().splitlines()]


def spamassassin(train, test, folder):
    for name, rows in (('train', train), ('test', test)):
        with open(f'{folder}/{name}', 'w', encoding='utf-8') as out:
            for row in rows:
                out.write(json.dumps({'mail': mail(row), 'spam': is_spam(row)}) + '\n')
    out = subprocess.run(['perl', HERE / 'spamassassin_bayes.pl', folder, f'{folder}/train', f'{folder}/test'],
                         capture_output=True, check=True)
    return [float(line) for line in out.stdout.split()]


def fasttext(train, test, folder):
    def text(row):
        return one_line(' '.join(filter(None, (row['author'], row['email'], row['url'], row['text'])))).lower()
    with open(f'{folder}/train', 'w', encoding='utf-8') as out:
        for row in train:
            out.write(f"__label__{'spam' if is_spam(row) else 'good'} {text(row)}\n")
    with open(f'{folder}/test', 'w', encoding='utf-8') as out:
        for row in test:
            out.write((text(row) or '-') + '\n')
    subprocess.run(['fasttext', 'supervised', '-input', f'{folder}/train', '-output', f'{folder}/model', '-wordNgrams', '2',
                    '-minn', '3', '-maxn', '5', '-epoch', '15', '-dim', '50', '-bucket', '500000', '-thread', '1'],
                   check=True, capture_output=True)
    out = subprocess.run(['fasttext', 'predict-prob', f'{folder}/model.bin', f'{folder}/test', '2'], check=True,
                         capture_output=True)
    scores = []
    for line in out.stdout.decode().splitlines():
        words = line.split()
        said = dict(zip(words[::2], map(float, words[1::2])))
        scores.append(said.get('__label__spam', 0.0))
    return scores


FILTERS = {'bogofilter': (bogofilter, 'bogofilter'), 'spamassassin': (spamassassin, 'spamassassin'),
           'fasttext': (fasttext, 'fasttext')}


def caught(spam, good, rate):
    bar = sorted(good, reverse=True)[int(rate * len(good))]
    return 100 * sum(score > bar for score in spam) / len(spam)


def auc(spam, good):
    ranked = sorted([(score, 1) for score in spam] + [(score, 0) for score in good])
    wins = below = at = 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        tied = sum(kind for _, kind in ranked[at:end])
        wins += tied * (below + (end - at - tied) / 2)
        below += end - at - tied
        at = end
    return wins / (len(spam) * len(good))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder')
    parser.add_argument('--figures')
    parser.add_argument('sets', nargs='*')
    flags = parser.parse_intermixed_args()
    gate = {}
    if flags.figures:
        for line in open(flags.figures, encoding='utf-8'):
            name, way, who, *figures = line.split()
            if way == 'frozen' and who == 'gate':
                gate[name] = [float(figure) for figure in figures]
    rows = {}
    for name in flags.sets or SETS:
        path = pathlib.Path(flags.folder) / f'{name}.jsonl'
        if path.exists():
            rows[name] = split(read(path))
        else:
            print(f'{name:15} left out: {path} is absent')
    blogs = [name for name in BLOGS if name in rows]
    work = {name: parts for name, parts in rows.items() if name != 'blog_ham'}
    if len(blogs) > 1:
        work['blogs'] = tuple(sorted(sum((rows[name][part] for name in blogs), []), key=lambda row: row['created_at'] or '')
                              for part in (0, 1))
    short = False
    bars = []
    for name, (train, test) in work.items():
        best = 0
        for who, (judge, program) in FILTERS.items():
            if not shutil.which(program):
                print(f'{name:15} {who:13} left out: {program} is not installed')
                continue
            with tempfile.TemporaryDirectory() as folder:
                scores = judge(train, test, folder)
            if len(scores) != len(test):
                print(f'{name:15} {who:13} left out: it answered {len(scores)} of {len(test)} comments')
                continue
            spam = [score for score, row in zip(scores, test) if is_spam(row)]
            good = [score for score, row in zip(scores, test) if not is_spam(row)]
            at = [caught(spam, good, rate) for rate in (0.001, 0.005, 0.01)]
            print(f'{name:15} {who:13} {auc(spam, good):.4f}  ' + ' '.join(f'{value:5.1f}' for value in at), flush=True)
            best = max(best, at[1])
        if name in gate:
            ok = gate[name][2] > best
            short |= not ok
            bars.append(f'bar quality_{name}_ahead_at_05 {gate[name][2]:.1f} {best:.1f} {"ok" if ok else "short"}')
    print('\n'.join(bars))
    return 1 if short else 0


if __name__ == '__main__':
    sys.exit(main())
