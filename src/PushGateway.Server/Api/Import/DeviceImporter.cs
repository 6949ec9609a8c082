using PushGateway.Core.Devices;

namespace PushGateway.Server.Api.Import;

/// <summary>Gathers devices into batches and stores them: the next batch fills while the one before commits.</summary>
internal sealed class DeviceImporter(IDeviceStore devices, int appKey, int batchSize)
{
    /// <summary>How many rejected lines an answer names.</summary>
    public const int MaxErrors = 100;

    private readonly List<ImportError> _errors = [];
    private List<DeviceImport> _filling = new(batchSize);
    private List<DeviceImport> _committing = new(batchSize);
    private Task<RegistrationChange[]>? _commit;
    private long _created;
    private long _updated;
    private long _unchanged;
    private long _rejected;

    /// <summary>Devices that are stored durably. They come first in the body: batches are stored one after another.</summary>
    public long Stored => _created + _updated + _unchanged;

    public bool IsBatchFull => _filling.Count >= batchSize;

    public void Add(in DeviceImport device) => _filling.Add(device);

    public void Reject(long line, LineProblem problem)
    {
        _rejected++;
        if (_errors.Count < MaxErrors)
        {
            _errors.Add(new ImportError(line, problem.Code, problem.Detail));
        }
    }

    /// <summary>Begins to store the batch; waits for the one before.</summary>
    public async Task FlushAsync()
    {
        await SettleAsync();
        if (_filling.Count == 0)
        {
            return;
        }

        (_filling, _committing) = (_committing, _filling);

        // Not cancelled when the client goes: what it has been able to send is stored, and a commit is all or nothing anyway.
        _commit = devices.ImportAsync(appKey, _committing, CancellationToken.None);
    }

    /// <summary>Stores what is left and tells what the import did.</summary>
    public async Task<ImportResponse> CompleteAsync()
    {
        await FlushAsync();
        await SettleAsync();
        return new ImportResponse(Stored + _rejected, _created, _updated, _unchanged, _rejected, _errors);
    }

    private async Task SettleAsync()
    {
        if (_commit is not { } commit)
        {
            return;
        }

        _commit = null;
        foreach (var change in await commit)
        {
            switch (change)
            {
                case RegistrationChange.Created:
                    _created++;
                    break;
                case RegistrationChange.Updated:
                    _updated++;
                    break;
                default:
                    _unchanged++;
                    break;
            }
        }

        _committing.Clear();
    }
}
