/// The appliance's routes as its own routes file would name them: path below `/api/v2`, controller, and the action of
/// each method. Where two paths match, the first with the method wins, so literals stand before parameters.
///
/// Written from the vendor's list of operations, release 1.88; the gateway's table is made from the same list by other
/// code, and a test compares this one with that list.
let routeTable = """
    /cloud_buckets cloud_buckets GET=index
    /cloud_buckets/:id cloud_buckets GET=show PUT=update
    /cloud_buckets/:id/config_file cloud_buckets PUT=update_config_file
    /cloud_buckets/:id/mount cloud_buckets GET=mount_status
    /cloud_connectors cloud_connectors GET=index POST=create
    /cloud_connectors/-/test cloud_connectors GET=test PUT=test
    /cloud_connectors/:id cloud_connectors DELETE=destroy GET=show PUT=update
    /cloud_connectors/:cloud_connector_id/cloud_buckets cloud_buckets GET=index
    /cloud_connectors/:cloud_connector_id/cloud_buckets/-/sync cloud_buckets GET=sync PUT=sync
    /cloud_connectors/:cloud_connector_id/cloud_buckets/:id cloud_buckets GET=show PUT=update
    /cloud_connectors/:cloud_connector_id/cloud_buckets/:id/mount cloud_buckets GET=mount_status
    /containers containers GET=index POST=create
    /containers/:id containers DELETE=destroy GET=show PUT=update
    /containers/:container_id/container_privileges container_privileges GET=index POST=create
    /containers/:container_id/container_privileges/:id container_privileges DELETE=destroy GET=show PUT=update
    /containers/:container_id/files files GET=index
    /containers/:container_id/files/:id files GET=show
    /containers/:container_id/files/:file_parent_id/children files GET=index
    /file_metadata_definitions file_metadata_definitions GET=index
    /file_metadata_definitions/:id file_metadata_definitions GET=show
    /files files GET=index
    /files/:id files GET=show
    /files/:file_parent_id/children files GET=index
    /groups/-/systems groups GET=systems
    /mounts mounts GET=index
    /nas nas GET=index POST=create
    /nas/:id nas DELETE=destroy GET=show PUT=update
    /nas/:nas_id/nas_shares nas_shares GET=index POST=create
    /nas/:nas_id/nas_shares/-/test nas_shares GET=test PUT=test
    /nas/:nas_id/nas_shares/:id nas_shares DELETE=destroy GET=show PUT=update
    /nas/:nas_id/nas_shares/:id/mount nas_shares GET=mount_status
    /nas_shares nas_shares GET=index
    /nas_shares/:id nas_shares DELETE=destroy GET=show PUT=update
    /nas_shares/:id/mount nas_shares GET=mount_status
    /pools pools GET=index POST=create
    /pools/:id pools DELETE=destroy GET=show PUT=update
    /pools/:pool_id/cloud_buckets cloud_buckets GET=index
    /pools/:pool_id/cloud_buckets/:id cloud_buckets GET=show PUT=update
    /pools/:pool_id/cloud_buckets/:id/mount cloud_buckets GET=mount_status
    /pools/:pool_id/files files GET=index
    /pools/:pool_id/files/:id files GET=show
    /pools/:pool_id/files/:id/tapes files GET=tapes
    /pools/:pool_id/files/:file_parent_id/children files GET=index
    /pools/:pool_id/import_files import_files GET=index
    /pools/:pool_id/import_files/:id import_files GET=show
    /pools/:pool_id/import_files/:file_parent_id/children import_files GET=index
    /pools/:id/mount pools DELETE=unmount GET=mount_status PUT=mount
    /pools/:pool_id/nas_shares nas_shares GET=index
    /pools/:pool_id/nas_shares/:id nas_shares DELETE=destroy GET=show PUT=update
    /pools/:pool_id/nas_shares/:id/mount nas_shares GET=mount_status
    /pools/:pool_id/on_tapes_files on_tapes_files GET=index
    /pools/:pool_id/on_tapes_files/:id on_tapes_files GET=show
    /pools/:pool_id/on_tapes_files/:file_parent_id/children on_tapes_files GET=index
    /pools/:pool_id/primary_scan primary_scans DELETE=destroy GET=show POST=create PUT=update
    /pools/:id/sync pools POST=sync_primary
    /pools/:pool_id/tapes tapes GET=index
    /pools/:pool_id/tapes/:id tapes GET=show
    /pools/:pool_id/tapes/:id/mount tapes GET=mount_status
    /pools/:pool_id/tapes/:tape_id/tape_stat tape_stats GET=show
    /statistics/by_date statistics GET=by_date
    /statistics/by_file_extension statistics GET=by_file_extension
    /statistics/by_group_owner statistics GET=by_group_owner
    /statistics/by_metadata statistics GET=by_metadata
    /statistics/by_primary_cloud statistics GET=by_primary_cloud
    /statistics/by_primary_name statistics GET=by_primary_name
    /statistics/by_primary_nas statistics GET=by_primary_nas
    /statistics/by_primary_storage statistics GET=by_primary_storage
    /statistics/by_secondary_cloud statistics GET=by_secondary_cloud
    /statistics/by_secondary_nas statistics GET=by_secondary_nas
    /statistics/by_secondary_storage statistics GET=by_secondary_storage
    /statistics/by_secondary_tape statistics GET=by_secondary_tape
    /statistics/by_size statistics GET=by_size
    /statistics/by_user_owner statistics GET=by_user_owner
    /statistics/storage statistics GET=storages
    /statistics/task_by_metadata statistics GET=task_by_metadata
    /statistics/task_by_status statistics GET=task_by_status
    /statistics/task_by_storage statistics GET=task_by_storage
    /statistics/task_by_workflow statistics GET=task_by_workflow
    /systems/download_traces systems GET=download_traces PUT=download_traces
    /systems/reset/generate_vars systems POST=generate_vars
    /tape_drives tape_drives GET=index
    /tape_drives/:id tape_drives DELETE=destroy GET=show PUT=update
    /tape_libraries tape_libraries GET=index POST=create
    /tape_libraries/-/devices tape_libraries GET=devices
    /tape_libraries/:id tape_libraries DELETE=destroy GET=show PUT=update
    /tape_libraries/:tape_library_id/tape_drives tape_drives GET=index POST=create
    /tape_libraries/:tape_library_id/tape_drives/-/devices tape_drives GET=devices
    /tape_libraries/:tape_library_id/tape_drives/:id tape_drives DELETE=destroy GET=show PUT=update
    /tape_libraries/:tape_library_id/tapes tapes GET=index
    /tape_libraries/:tape_library_id/tapes/:id tapes GET=show
    /tape_libraries/:tape_library_id/tapes/:id/mount tapes GET=mount_status
    /tape_libraries/:tape_library_id/tapes/:tape_id/tape_stat tape_stats GET=show
    /tape_stats tape_stats GET=index
    /tapes tapes GET=index
    /tapes/:id tapes DELETE=destroy GET=show
    /tapes/:id/mount tapes GET=mount_status
    /tapes/:tape_id/tape_stat tape_stats GET=show
    /task_executions task_executions GET=index
    /task_executions/:id task_executions GET=show
    /task_executions/:task_execution_id/files files GET=index
    /task_executions/:task_execution_id/files/:id files GET=show
    /task_executions/:task_execution_id/files/:id/tapes files GET=tapes
    /task_executions/:task_execution_id/files/:file_parent_id/children files GET=index
    /task_metadata_definitions task_metadata_definitions GET=index
    /task_metadata_definitions/:id task_metadata_definitions GET=show
    /task_schedules task_schedules GET=index
    /tasks tasks GET=index POST=create
    /tasks/:id tasks DELETE=destroy GET=show PUT=update
    /tasks/:id/action/pause tasks GET=action PUT=action
    /tasks/:id/action/resume tasks GET=action PUT=action
    /tasks/:id/action/run tasks GET=action PUT=action
    /tasks/:id/action/stop tasks GET=action PUT=action
    /tasks/:task_id/files files GET=index
    /tasks/:task_id/files/:id files GET=show
    /tasks/:task_id/files/:id/tapes files GET=tapes
    /tasks/:task_id/files/:file_parent_id/children files GET=index
    /tasks/:task_id/task_callbacks task_callbacks GET=index POST=create
    /tasks/:task_id/task_callbacks/:id task_callbacks DELETE=destroy GET=show PUT=update
    /tasks/:task_id/task_destinations task_destinations GET=index POST=create
    /tasks/:task_id/task_destinations/:id task_destinations DELETE=destroy GET=show PUT=update
    /tasks/:task_id/task_executions task_executions GET=index
    /tasks/:task_id/task_executions/:id task_executions GET=show
    /tasks/:task_id/task_executions/:task_execution_id/files files GET=index
    /tasks/:task_id/task_executions/:task_execution_id/files/:id files GET=show
    /tasks/:task_id/task_executions/:task_execution_id/files/:id/tapes files GET=tapes
    /tasks/:task_id/task_executions/:task_execution_id/files/:file_parent_id/children files GET=index
    /tasks/:task_id/task_metadata task_metadata GET=index POST=create
    /tasks/:task_id/task_metadata/:id task_metadata DELETE=destroy GET=show PUT=update
    /tasks/:task_id/task_options task_options GET=index POST=create
    /tasks/:task_id/task_options/:id task_options DELETE=destroy GET=show PUT=update
    /tasks/:task_id/task_schedule task_schedules DELETE=destroy GET=show POST=create PUT=update
    /tasks/:task_id/task_sources task_sources GET=index POST=create
    /tasks/:task_id/task_sources/:id task_sources DELETE=destroy GET=show PUT=update
    /users/-/systems users GET=systems
    /users/me/api_keys api_keys GET=index POST=create
    /users/me/api_keys/:id api_keys DELETE=destroy GET=show PUT=update
    /users/me/configurations configurations GET=index POST=create
    /users/me/configurations/:id configurations DELETE=destroy GET=show PUT=update
    """
