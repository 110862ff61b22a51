INSERT INTO people VALUES (1, 'Ana', 'Ana@X.test; ana@x.test ;other@x.test', '+1 23', '2020-01-01'),
  (3, 'Bo', '', NULL, '2021-01-01'), (7, 'Cy', ' ; ;cy@y.test;', ';; 5 ;6;5', '2022-01-01'), (8, 'Di;x', 'Z@z;a@z', '', '2023-01-01');
INSERT INTO notes VALUES (1, 1, 'of Ana'), (2, 7, 'of Cy');
