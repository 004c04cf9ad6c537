// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Repositories;

namespace Northstar.Tests.Runtime.Repositories;

/// <summary>The small tables of <c>data_dir</c>.</summary>
internal sealed class StateFileTests
{
    private string _directory = null!;
    private StateFile _file = null!;

    [SetUp]
    public void SetUp()
    {
        _directory = Directory.CreateTempSubdirectory("northstar-state-").FullName;
        _file = new StateFile(_directory, "floors");
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Read_WhatWasWritten_IsTheSame()
    {
        string[][] records = [["a", "b"], ["tab\tand\nline", "ü %41"], ["", "x"]];
        Assert.That(_file.Read(), Is.Null);
        _file.Write([["old"]]);
        _file.Write(records);
        Assert.That(_file.Read(), Is.EqualTo(records));
        Assert.That(Directory.GetFileSystemEntries(_directory), Is.EqualTo(new[] { _file.DisplayPath }));
        Assert.That(File.GetUnixFileMode(_file.DisplayPath), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void Read_AnyByteChangedOrCutOff_IsDamaged()
    {
        _file.Write([["name", "1.2.3"]]);
        byte[] good = File.ReadAllBytes(_file.DisplayPath);
        for (int i = 0; i < good.Length; i++)
        {
            byte[] changed = [.. good];
            changed[i] ^= 1;
            File.WriteAllBytes(_file.DisplayPath, changed);
            Assert.That(_file.Read, Throws.TypeOf<InvalidDataException>(), $"byte {i}");
            File.WriteAllBytes(_file.DisplayPath, good[..i]);
            Assert.That(_file.Read, Throws.TypeOf<InvalidDataException>(), $"{i} bytes");
        }
    }

    [Test]
    public void Read_AfterAWriteThatWasCutOff_HasTheOldRecordsAndRemovesTheRest()
    {
        _file.Write([["old"]]);
        File.WriteAllText(_file.DisplayPath + ".new", "half");
        Assert.That(_file.Read(), Is.EqualTo(new[] { new[] { "old" } }));
        Assert.That(Directory.GetFileSystemEntries(_directory), Has.Length.EqualTo(1));
    }
}
