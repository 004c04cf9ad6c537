// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk.Archive;

namespace Northstar.Npk.Verity;

/// <summary>Builds the dm-verity hash tree of an image, on all cores.</summary>
/// <remarks>Kernel documentation, admin-guide/device-mapper/verity; hash type 1, salt in front of the block.</remarks>
internal static class HashTree
{
    private const int BlockLength = HashTreeLayout.BlockLength;

    /// <summary>Returns the tree and its root hash. <paramref name="lengthBytes"/> is a multiple of 4096, not 0.</summary>
    internal static (byte[] Tree, RootHash Root) Build(
        PackageFile file, long offsetBytes, long lengthBytes, byte[] salt, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        HashTreeLayout layout = new(lengthBytes);
        byte[] tree = new byte[layout.LengthBytes];
        byte[] root = new byte[HashTreeLayout.HashLength];
        if (layout.LevelBlocks.Length == 0)
        {
            using BlockHasher single = new(salt);
            single.Hash(file.ReadBytes(offsetBytes, BlockLength), root);
            return (tree, new RootHash(root));
        }

        long done = 0;
        Workers.Run(layout.LevelBlocks[0], () => new HashTreeWorker(salt), (worker, index) =>
        {
            int blocks = worker.ReadData(file, offsetBytes, layout, index);
            worker.HashData(blocks, tree.AsSpan((int)(layout.LevelOffsetsBytes[0] + (index * BlockLength)), BlockLength));
            progress?.Report(Interlocked.Add(ref done, (long)blocks * BlockLength));
        }, cancellationToken);
        using BlockHasher hasher = new(salt);
        for (int level = 1; level < layout.LevelBlocks.Length; level++)
        {
            for (long i = 0; i < layout.LevelBlocks[level - 1]; i++)
            {
                hasher.Hash(
                    tree.AsSpan((int)(layout.LevelOffsetsBytes[level - 1] + (i * BlockLength)), BlockLength),
                    tree.AsSpan((int)(layout.LevelOffsetsBytes[level] + (i * HashTreeLayout.HashLength)), HashTreeLayout.HashLength));
            }
        }

        hasher.Hash(tree.AsSpan(0, BlockLength), root);
        return (tree, new RootHash(root));
    }
}
