// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Host.Help;

namespace Northstar.Host.Sextant;

/// <summary>The help of sextant.</summary>
internal static class SextantHelp
{
    internal static ToolHelp Page { get; } = new()
    {
        Summary = "sextant makes, shows, verifies, changes and takes apart Northstar packages.",
        Examples =
        [
            new("sextant gen-key --name my --out .", "my.key and my.pub"),
            new("sextant pack -m manifest.yaml -r root -k my.key -o .", "a signed package, NAME-VERSION.npk"),
            new("sextant inspect hello-1.0.0.npk", "manifest, signature, hash tree and files"),
            new("sextant verify -k my.pub hello-1.0.0.npk", "check every block and the signature"),
        ],
        Groups =
        [
            new("Make", "pack", "gen-key", "sign-keys"),
            new("Look", "inspect", "verify", "unpack"),
            new("Change", "sign", "repack"),
            new("Shell", "completion"),
        ],
        VerbExamples = new Dictionary<string, Example[]>
        {
            ["pack"] =
            [
                new("sextant pack -m manifest.yaml -r root -k my.key -o .", "signed, as NAME-VERSION.npk"),
                new("sextant pack -m manifest.yaml -r root -o x.npk -c zstd --level 3", "unsigned, quickly"),
                new("sextant pack -m resource.yaml -o . -k - < my.key", "without files; the key from standard input"),
            ],
            ["gen-key"] = [new("sextant gen-key --name my --out keys", "keys/my.key (keep it safe) and keys/my.pub")],
            ["sign-keys"] = [new("sextant sign-keys -k root.key keys", "in place"), new("sextant sign-keys -k root.key draft -o keys", "to another file")],
            ["inspect"] =
            [
                new("sextant inspect hello-1.0.0.npk", "all of it"),
                new("sextant inspect --short hello-1.0.0.npk", "one line"),
                new("sextant inspect --json hello-1.0.0.npk | jq .manifest", "for scripts"),
            ],
            ["verify"] = [new("sextant verify -k my.pub *.npk", "every block, and that this key signed"), new("sextant verify *.npk", "every block")],
            ["unpack"] = [new("sextant unpack -n hello-1.0.0.npk -o hello", "hello/manifest.yaml, hello/root")],
            ["sign"] = [new("sextant sign -k my.key hello-1.0.0.npk", "in place"), new("sextant sign --trust old.pub -k new.key hello-1.0.0.npk", "only if old signed it")],
            ["repack"] = [new("sextant repack -m newer.yaml -k my.key -o . hello-1.0.0.npk", "the same image, another manifest")],
            ["completion"] =
            [
                new("source <(sextant completion --shell bash)", "for this shell"),
                new("sextant completion --shell bash -o /etc/bash_completion.d/sextant", "for every bash"),
            ],
        },
        Footer = "'sextant VERB --help' tells more, with examples. Exit codes: 0 done, 1 failed (a line 'Error:' says why), 2 wrong command line, 130 interrupted.",
    };
}
