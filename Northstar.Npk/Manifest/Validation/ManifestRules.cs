// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>The rules that diagnostics name. Codes are never reused.</summary>
internal static class ManifestRules
{
    /// <summary>Every code with what the rule asks for, in the words of <c>docs/manifest.md</c>.</summary>
    internal static readonly (string Code, string Meaning)[] All =
    [
        ("S01", "the text is well-formed UTF-8 and YAML, JSON or TOML"),
        ("P00", "a value has its type and range, an object of a list its required fields"),
        ("P01", "`name`, `version`, `uid` and `gid` are there"),
        ("P02", "a key is known; a warning where the format ignores unknown ones"),
        ("P03", "a key or element is given once; a warning in packages where the last one holds"),
        ("P04", "text has no NUL"),
        ("P05", "`name` has 1 to 1024 letters, digits, `.`, `_`, `-` of ASCII"),
        ("P06", "`version` is a semantic version"),
        ("P07", "`uid` and `gid` are integers of 0 to 65535"),
        ("P08", "`console` has `permissions`: `full` or a list of permissions"),
        ("P09", "`sched` has a `policy` with its parameter"),
        ("P10", "a mount has a known `type` and its required fields"),
        ("P11", "`options` is one text of known words"),
        ("P12", "`size` is a number of bytes, or a number with a unit"),
        ("P13", "a resource mount has a name and a version requirement"),
        ("P14", "a word is one of those that the field knows"),
        ("P15", "`io` has both streams"),
        ("P16", "`blkio` has its five lists"),
        ("P17", "a seccomp rule is `any`, or `args` with an `index`; the profile is `default`"),
        ("V01", "`init` has 1 to 4096 bytes"),
        ("V02", "`env` has at most 64 variables"),
        ("V03", "the name of a variable has at most 64 bytes"),
        ("V04", "the value of a variable has at most 1024 bytes"),
        ("V05", "`env` sets none of the four variables that the runtime sets"),
        ("V06", "`uid` is not 0"),
        ("V07", "`gid` is not 0"),
        ("V08", "`nice` is -20 to 19"),
        ("V09", "the priority of `fifo` is 1 to 99"),
        ("V10", "the priority of `round_robin` is 1 to 99"),
        ("V11", "the target of a bind mount begins with `/`"),
        ("V12", "bind mounts do not nest; in a new package no two targets are the same"),
        ("V13", "a resource mount has no `rec`"),
        ("V14", "`dir` begins with `/`"),
        ("V15", "the name of a network namespace has at most 256 bytes"),
        ("V16", "a seccomp `index` is 0 to 5"),
        ("V17", "a seccomp rule has `values` or `mask`"),
        ("V18", "a seccomp rule has at most 50 `values`"),
        ("V19", "a SELinux context has 1 to 65535 characters of `0-9 A-Z a-z : _`"),
        ("V20", "there are at most 64 supplementary groups"),
        ("V21", "the name of a group has at most 64 bytes"),
        ("V22", "a resource has none of the fields of a program"),
        ("D01", "the reference runtime refuses `round_robin`"),
        ("D02", "the reference runtime looks at the first of `values` alone"),
        ("D03", "a socket belongs to root"),
        ("D04", "an empty list of `values` allows nothing here and everything in the reference runtime"),
        ("D11", "the reference runtime cannot apply `nice`"),
        ("D12", "`deadline` has no parameters, so that no start succeeds"),
        ("D15", "`attrs` of `blkio` have no effect"),
        ("H07", "a text keeps to the subset of YAML and to the limits of size and nesting"),
        ("H08", "a name has at most 128 characters and is not made of dots alone"),
        ("H09", "paths and names do not lead elsewhere: no `..`, one component where one is meant, files of the controller's own"),
        ("H74", "`env` does not set the variable of a declared socket"),
        ("L01", "a manifest of 2020 is converted"),
        ("X01", "an extension has its form"),
        ("X02", "`required` names targets of bind mounts"),
        ("X03", "there are at most 64 device rules, and paths of devices are below `/dev`"),
    ];
}
