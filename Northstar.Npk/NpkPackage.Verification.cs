// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk.Archive;
using Northstar.Npk.Verity;

namespace Northstar.Npk;

/// <summary>The checks that read the whole image.</summary>
public sealed partial class NpkPackage
{
    private const int CopyLengthBytes = 512 << 10;

    /// <summary>
    /// Checks every block of image and hash tree against the root hash, on all cores. A package without signature has no tree: the checksum of
    /// its <c>fs.img</c> is checked instead, which finds damage but no intent.
    /// </summary>
    /// <param name="progress">Told how many bytes of the image are done, from any thread, in no strict order.</param>
    /// <param name="cancellationToken">Ends the check early.</param>
    /// <exception cref="NpkException">A block does not match; the text names the first such data block (<see cref="NpkErrorCode.Corrupted"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The check was cancelled.</exception>
    public void Verify(IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        VerifyBy(Environment.ProcessorCount, progress, cancellationToken);

    /// <summary>Does what <see cref="Verify"/> does, without hashing again what was hashed while the package arrived, if that was said right.</summary>
    /// <param name="ahead">The digests. It ends here.</param>
    /// <param name="cancellationToken">Ends the check early.</param>
    /// <exception cref="NpkException">A block does not match; the text names the first such data block (<see cref="NpkErrorCode.Corrupted"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The check was cancelled.</exception>
    public void VerifyWith(ImageHasher ahead, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ahead);
        ahead.Dispose();
        VerifyBy(Environment.ProcessorCount, null, cancellationToken, ahead);
    }

    /// <summary>
    /// Does what <see cref="Verify"/> does on the calling thread alone, whose priorities so count.
    /// </summary>
    /// <param name="progress">Told how many bytes of the image are done.</param>
    /// <param name="cancellationToken">Ends the check early.</param>
    /// <exception cref="NpkException">A block does not match; the text names the first such data block (<see cref="NpkErrorCode.Corrupted"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The check was cancelled.</exception>
    public void VerifyOnThisThread(IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        VerifyBy(1, progress, cancellationToken);

    private void VerifyBy(int workers, IProgress<long>? progress, CancellationToken cancellationToken, ImageHasher? ahead = null)
    {
        if (ReadClaimedVerity() is { } verity)
        {
            new HashTreeCheck(_file, _image.DataOffsetBytes, verity).Run(null, progress, cancellationToken, workers, ahead);
        }
        else
        {
            CheckSum(null, progress, cancellationToken);
        }
    }

    /// <summary>
    /// Copies the squashfs part to the start of <paramref name="destination"/> while checking it. Each piece is written from the buffer that
    /// was checked, so the copy is the signed image even when the file changes meanwhile. When it throws, the copy is incomplete.
    /// </summary>
    /// <param name="destination">A writable, seekable descriptor, for example of a memfd.</param>
    /// <param name="progress">Told how many bytes are done, from any thread, in no strict order.</param>
    /// <param name="cancellationToken">Ends the copy early.</param>
    /// <exception cref="NpkException">The package was opened without a key (<see cref="NpkErrorCode.NoSignature"/>), a block does not match
    /// (<see cref="NpkErrorCode.Corrupted"/>), or the copy cannot be written (<see cref="NpkErrorCode.Write"/>).</exception>
    /// <exception cref="OperationCanceledException">The copy was cancelled.</exception>
    public void CopyVerifiedImage(SafeFileHandle destination, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        VerityInfo verity = Verity ?? throw _file.Error(
            NpkRules.OpenedWithoutKey, "the image cannot be verified", hint: "the package was opened without a key");
        new HashTreeCheck(_file, _image.DataOffsetBytes, verity).Run(destination, progress, cancellationToken);
    }

    /// <summary>Reads all of fs.img once, checks its CRC-32 and hands the pieces to <paramref name="sink"/>.</summary>
    internal void CheckSum(Action<ReadOnlyMemory<byte>>? sink, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[CopyLengthBytes];
        uint crc = 0;
        for (long done = 0; done < _image.LengthBytes;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(buffer.Length, _image.LengthBytes - done);
            _file.ReadExactly(buffer.AsSpan(0, count), _image.DataOffsetBytes + done, _image.Name);
            crc = Crc32.Append(crc, buffer.AsSpan(0, count));
            sink?.Invoke(buffer.AsMemory(0, count));
            done += count;
            progress?.Report(done);
        }

        if (crc != _image.Crc)
        {
            throw _file.Error(NpkRules.ImageChecksum, "the checksum is wrong", _image.Name, hint: "the package was damaged");
        }
    }
}
