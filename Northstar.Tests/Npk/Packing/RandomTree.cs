// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Net.Sockets;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Npk.Packing;

/// <summary>Makes directory trees of everything that an image can hold, from a seed, and describes trees.</summary>
internal sealed class RandomTree(int seed)
{
    private static readonly string[] s_pieces =
    [
        " ", "\n", "\t", "\\", "\"", "'", "*", "?", "[x]", "{a,b}", "$(x)", "`", "#", "-", "--", "~", "!", ";", "&", "|", "<", ">", ":", "%s", " -> ", "..", "ä", "日本",
        "🚀", "e\u0301", "A", "a", "0", "long-name-of-a-file", ".npk", "squashfs-root",
    ];

    private readonly Random _random = new(seed);
    private readonly List<string> _files = [];

    /// <summary>Fills an empty directory.</summary>
    internal void Fill(string root, int count = 50)
    {
        List<string> directories = [root];
        for (int i = 0; i < count; i++)
        {
            string parent = directories[_random.Next(directories.Count)];
            string path = Path.Combine(parent, Name(parent));
            if (Add(path))
            {
                directories.Add(path);
            }
        }

        foreach (string directory in directories)
        {
            File.SetUnixFileMode(directory, Mode(0x3FF) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>
    /// Describes every entry below a directory in one line of its own: type, mode, how many names, which other names, length, target, content.
    /// </summary>
    internal static string[] Describe(string root)
    {
        string[][] rows =
        [
            .. Tool.Run("find", root, "-printf", "%i\\t%y\\t%m\\t%n\\t%s\\t%l\\t%P\\0").Output
                .Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(static row => row.Split('\t', 7)),
        ];
        ILookup<string, string> names = rows.ToLookup(static row => row[0], static row => row[6], StringComparer.Ordinal);
        return
        [
            .. rows.Select(row => string.Join(
                '|', row[6], row[1], row[2], row[1] == "d" ? "" : row[3] + string.Join('+', names[row[0]].Order(StringComparer.Ordinal)),
                row[1] == "f" ? row[4] : "", row[5], Content(root, row))).Order(StringComparer.Ordinal),
        ];
    }

    private static string Content(string root, string[] row) => row[1] switch
    {
        "f" => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(root, row[6])))),
        "c" or "b" => Tool.Run("stat", "-c", "%t:%T", "--", Path.Combine(root, row[6])).Output,
        _ => "",
    };

    private bool Add(string path)
    {
        switch (_random.Next(12))
        {
            case 0 or 1 or 2:
                Directory.CreateDirectory(path);
                return true;
            case 3:
                File.CreateSymbolicLink(path, _random.Next(2) == 0 ? "/etc/pass -> wd" : "../../../" + Piece() + "x");
                break;
            case 4 when _files.Count > 0:
                Tool.Run("ln", "--", _files[_random.Next(_files.Count)], path);
                break;
            case 5:
                Sparse(path);
                break;
            case 6:
                Tool.Run("mkfifo", "--", path);
                break;
            case 7 when Environment.IsPrivilegedProcess:
                Tool.Run("mknod", "--", path, _random.Next(2) == 0 ? "c" : "b", $"{_random.Next(1, 250)}", $"{_random.Next(0, 250)}");
                break;
            case 8 when path.Length < 60:
                using (Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    socket.Bind(new UnixDomainSocketEndPoint(path));
                }

                break;
            default:
                // Empty, small, of some blocks, with an end of its own.
                byte[] data = new byte[_random.Next(4) switch { 0 => 0, 1 => _random.Next(100), 2 => 131072 * 2, _ => _random.Next(400_000) }];
                _random.NextBytes(data.AsSpan(0, data.Length / 2));
                File.WriteAllBytes(path, data);
                File.SetUnixFileMode(path, Mode(0xFFF) | UnixFileMode.UserRead);
                _files.Add(path);
                break;
        }

        return false;
    }

    private void Sparse(string path)
    {
        using FileStream stream = File.Create(path);
        stream.SetLength(_random.Next(1_000_000, 3_000_000));
        stream.Position = _random.Next(900_000);
        stream.Write("data between holes"u8);
    }

    private string Name(string parent)
    {
        string name;
        do
        {
            name = string.Concat(Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Piece()));
        }
        while (name is "." or ".." || Path.Exists(Path.Combine(parent, name)));

        return name;
    }

    private string Piece() => s_pieces[_random.Next(s_pieces.Length)];

    private UnixFileMode Mode(int mask) => (UnixFileMode)(_random.Next(0x1000) & mask);
}
