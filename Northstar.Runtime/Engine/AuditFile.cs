// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Runtime.Handles;

namespace Northstar.Runtime.Engine;

/// <summary>
/// Appends records to a file. Each is in the file before what it tells goes on, so that it outlives the runtime, and on the disk about a second later. A file
/// that was moved away, as log rotation does, is made anew. A failure is logged once until a record can be written again, and ends nothing. Thread safe.
/// </summary>
internal sealed class AuditFile : IDisposable
{
    private static readonly TimeSpan s_flushDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private AppendFile _file;
    private bool _isFlushDue;
    private bool _isFailing;
    private bool _isClosed;

    private AuditFile(string path, ILogger logger, TimeProvider time)
    {
        _path = path;
        _logger = logger;
        _file = new AppendFile(path);
        _timer = time.CreateTimer(static f => ((AuditFile)f!).Flush(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Opens or makes the file.</summary>
    /// <exception cref="RuntimeException">That cannot be done.</exception>
    internal static AuditFile Open(string path, ILogger logger, TimeProvider time)
    {
        try
        {
            return new AuditFile(Path.GetFullPath(path), logger, time);
        }
        catch (LinuxException e)
        {
            throw RuntimeException.Unexpected($"audit_file: {e.Message}", e);
        }
    }

    /// <summary>Appends a line, whose last byte is the line feed.</summary>
    internal void Append(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            try
            {
                ReopenIfMoved();
                if (_file.IsCut)
                {
                    _file.Write("\n"u8);
                }

                _file.Write(line);
                _isFailing = false;
                if (!_isFlushDue)
                {
                    _isFlushDue = true;
                    _timer.Change(s_flushDelay, Timeout.InfiniteTimeSpan);
                }
            }
            catch (LinuxException e)
            {
                Report(e);
            }
        }
    }

    /// <summary>Writes out what is not on the disk yet and closes the file.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Flush();
        lock (_lock)
        {
            _isClosed = true;
            _file.Dispose();
        }
    }

    /// <summary>Waits for the disk. Records may be appended meanwhile.</summary>
    private void Flush()
    {
        AppendFile file;
        lock (_lock)
        {
            if (!_isFlushDue)
            {
                return;
            }

            _isFlushDue = false;
            file = _file;
        }

        try
        {
            file.Sync();
        }
        catch (LinuxException e)
        {
            lock (_lock)
            {
                Report(e);
            }
        }
        catch (ObjectDisposedException)
        {
            // It was moved away, and written out when that was seen.
        }
    }

    private void ReopenIfMoved()
    {
        if (_file.IsInPlace())
        {
            return;
        }

        var fresh = new AppendFile(_path);
        using AppendFile old = _file;
        _file = fresh;
        old.Sync();
    }

    private void Report(LinuxException e)
    {
        if (!_isFailing)
        {
            Log.AuditUnwritten(_logger, _path, e.Message);
        }

        _isFailing = true;
    }
}
