// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.MemoryMappedFiles;

namespace Northstar.Tests.Fuzz;

/// <summary>Keeps the input of the running case in a mapped file, which is still there when a case takes the whole process with it.</summary>
internal sealed class BlackBox : IDisposable
{
    private const int MaxInput = 8 << 20;

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    internal BlackBox(string target)
    {
        Directory.CreateDirectory(FuzzFixtures.OutputDirectory);
        _path = Path.Combine(FuzzFixtures.OutputDirectory, $"{target}.running");
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Create, null, MaxInput + sizeof(int));
        _view = _file.CreateViewAccessor();
    }

    /// <summary>Writes an input: its length in four bytes, little endian, then its bytes.</summary>
    internal void Record(byte[] input)
    {
        int length = Math.Min(input.Length, MaxInput);
        _view.Write(0, length);
        _view.WriteArray(sizeof(int), input, 0, length);
    }

    /// <summary>Removes the file: the process survived.</summary>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
