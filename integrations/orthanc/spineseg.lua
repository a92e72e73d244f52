-- Orthanc: send every stable study to the modality "spineseg" (the node), but none that holds nothing but results.
-- "LuaScripts": ["spineseg.lua"], "DicomModalities": {"spineseg": ["SPINESEG", "127.0.0.1", 11112]}
function OnStableStudy(studyId, tags, metadata)
   local series = ParseJson(RestApiGet('/studies/' .. studyId .. '/series'))
   for _, one in ipairs(series) do
      local modality = one['MainDicomTags']['Modality']
      if modality == 'MR' or modality == 'CT' then
         SendToModality(studyId, 'spineseg')
         return
      end
   end
end
